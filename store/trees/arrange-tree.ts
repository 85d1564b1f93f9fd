import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { ContractorError } from '../../errors.ts';
import { bytePath, inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { checkedManifest } from './checked-manifest.ts';
import { copyFile } from './copy-file.ts';
import { errorCode } from './error-code.ts';
import { PIECE_BYTES } from './hash-file.ts';
import type { ManifestLine } from './manifest.ts';
import { objectPath } from './objects.ts';
import { readSlice } from './pack-parcels.ts';
import { parcelFile, parcelsOf } from './parcels.ts';
import type { Contents, Parcel } from './parcels.ts';
import type { OnProgress } from './progress.ts';
import { setAttributes } from './set-attributes.ts';
import { checkedDetails } from './tree-details.ts';
import type { TreeDetails } from './tree-details.ts';
import { entryAt } from './tree-entry.ts';
import type { TreeEntry } from './tree-entry.ts';

/** An artifact of which the `manifest` and the `details` have arrived in the directory `from`. */
export interface ArrivalJob {
  readonly from: string;
  readonly digest: string;
}

export interface LackingResult {
  /** What has to be fetched, with the hashes of what is in it where it is not a part of something longer. */
  readonly parcels: readonly {
    readonly key: string;
    readonly sizeBytes: number;
    readonly contents?: readonly Contents[];
  }[];
  readonly files: number;
  readonly sizeBytes: number;
}

/** Makes a tree of a manifest and parcels. */
export interface ArrangeJob extends ArrivalJob {
  /** `layers/.new-…` */
  readonly to: string;
}

const ZEROS = Buffer.alloc(PIECE_BYTES);

/** Of which contents the store has no object. @throws PLACE_DAMAGED for what cannot be a tree */
export function lackingParcels(job: ArrivalJob, trees: BytePath): LackingResult {
  const { lines, details } = readArrival(job, trees);
  const present = presentObjects(trees, lines);
  const zeros = new Set(details.zeros);
  const lacking = parcelsOf(lines).filter(
    ({ key, contents }) => !zeros.has(key) && contents.some(({ hash }) => !present.has(hash)),
  );
  const files = lines.flatMap(({ contents }) => contents ?? []);
  return {
    parcels: lacking.map(({ key, sizeBytes, contents, sliceAt }) => ({
      key,
      sizeBytes,
      ...(sliceAt === undefined ? { contents } : {}),
    })),
    files: files.length,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/**
 * Builds the tree as a layer, which is then published like any other: what is published is hashed there once more.
 * Files that the store has are linked, the rest is copied from the parcels.
 *
 * @throws PLACE_DAMAGED which parcel is wrong; it is removed, so that it is fetched again
 */
export function arrangeTree(job: ArrangeJob, { trees, onProgress }: { trees: BytePath; onProgress: OnProgress }): null {
  const { lines, details } = readArrival(job, trees);
  const from = inside(trees, bytePath(job.from));
  const to = inside(trees, bytePath(job.to));
  const present = presentObjects(trees, lines);
  const parcelsOfHash = new Map<string, Parcel[]>();
  for (const parcel of parcelsOf(lines)) {
    for (const { hash } of parcel.contents) {
      const known = parcelsOfHash.get(hash);
      if (known) known.push(parcel);
      else parcelsOfHash.set(hash, [parcel]);
    }
  }
  const zeros = new Set(details.zeros);
  const usedInodes = new Set<number>();
  const firstOfGroup = new Map<number, number>();
  for (const group of details.links) for (const index of group) firstOfGroup.set(index, group[0] ?? index);

  const directories: TreeEntry[] = [];
  for (const [index, line] of lines.entries()) {
    const location = inside(to, line.path);
    const entry = entryOf(line, details, index);
    if (line.type === 'directory') {
      mkdirSync(systemPath(location), { mode: 0o700 });
      directories.push(entry);
    } else if (line.type === 'symlink') {
      symlinkSync(systemPath(entry.target), systemPath(location));
      setAttributes(location, entry);
    } else if (line.contents) {
      const first = firstOfGroup.get(index) ?? index;
      if (first !== index && isLinked(inside(to, lines[first]?.path ?? ''), location)) continue;
      placeFile(location, { entry, contents: line.contents });
      onProgress({ files: 1, bytes: entry.sizeBytes });
    }
  }
  for (const entry of directories.toReversed()) setAttributes(inside(to, entry.path), entry);
  return null;

  function placeFile(location: BytePath, { entry, contents }: { entry: TreeEntry; contents: Contents }): void {
    const own = inside(trees, objectPath({ hash: contents.hash, entry }));
    const there = lstatSync(own, { throwIfNoEntry: false });
    if (there?.size === contents.sizeBytes && !usedInodes.has(there.ino) && isLinked(own, location)) {
      usedInodes.add(there.ino);
      return;
    }
    const object = present.get(contents.hash);
    if (object !== undefined && existsSync(object)) copyFile({ from: object, to: location, entry });
    else writeFromParcels(location, { entry, contents, parcels: parcelsOfHash.get(contents.hash) ?? [], from, zeros });
  }
}

function writeFromParcels(
  location: BytePath,
  made: {
    readonly entry: TreeEntry;
    readonly contents: Contents;
    readonly parcels: readonly Parcel[];
    readonly from: BytePath;
    readonly zeros: ReadonlySet<string>;
  },
): void {
  const { entry, contents, parcels, from, zeros } = made;
  const hash = createHash('sha256');
  const file = openSync(systemPath(location), 'wx', 0o600);
  try {
    for (const parcel of parcels) {
      const at = parcel.sliceAt ?? 0;
      const isZero = zeros.has(parcel.key);
      const bytes = isZero ? Buffer.alloc(parcel.sizeBytes) : bytesOf(parcel, contents, from);
      hash.update(bytes);
      if (isZero) continue;
      writeSparsely(file, bytes, at);
    }
    if (hash.digest('hex') !== contents.hash) {
      for (const { key } of parcels) rmSync(inside(from, parcelFile(key)), { force: true });
      throw wrong(parcels[0]?.key ?? contents.hash, contents.hash);
    }
    ftruncateSync(file, contents.sizeBytes);
    fchownSync(file, entry.uid, entry.gid);
    fchmodSync(file, entry.mode); // After chown(2), which takes setuid away.
    futimesSync(file, entry.mtimeMs / 1000, entry.mtimeMs / 1000);
  } finally {
    closeSync(file);
  }
}

/** A stretch of zeros stays a hole, as in copyFile. */
function writeSparsely(file: number, bytes: Buffer, at: number): void {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const end = Math.min(start + PIECE_BYTES, bytes.length);
    if (end - start === PIECE_BYTES && bytes.subarray(start, end).equals(ZEROS)) continue;
    for (let done = start; done < end;) done += writeSync(file, bytes, done, end - done, at + done);
  }
}

/** What of a parcel belongs to these contents. */
function bytesOf({ key, contents: all, sliceAt, sizeBytes }: Parcel, contents: Contents, from: BytePath): Buffer {
  const location = inside(from, parcelFile(key));
  if (!existsSync(location)) throw wrong(key, contents.hash);
  if (sliceAt !== undefined) return readSlice(location, { at: 0, sizeBytes });
  const before = all.slice(
    0,
    all.findIndex(({ hash }) => hash === contents.hash),
  );
  return readSlice(location, {
    at: before.reduce((sum, each) => sum + each.sizeBytes, 0),
    sizeBytes: contents.sizeBytes,
  });
}

function readArrival(
  { from, digest }: ArrivalJob,
  trees: BytePath,
): { readonly lines: readonly ManifestLine[]; readonly details: TreeDetails } {
  const directory = inside(trees, bytePath(from));
  const lines = checkedManifest(readFileSync(inside(directory, 'manifest'), 'latin1'), digest);
  return { lines, details: checkedDetails(readFileSync(inside(directory, 'details'), 'utf8'), lines) };
}

/** An object with the contents of each hash that the store has, whatever its mode and owner. */
function presentObjects(trees: BytePath, lines: readonly ManifestLine[]): ReadonlyMap<string, BytePath> {
  const present = new Map<string, BytePath>();
  for (const { contents, mode, uid, gid } of lines) {
    if (contents === undefined) continue;
    if (contents.sizeBytes === 0 || present.has(contents.hash)) continue;
    const object = inside(trees, objectPath({ hash: contents.hash, entry: { mode, uid, gid } as TreeEntry }));
    const found = entryAt(object, '');
    if (found?.type === 'file' && found.sizeBytes === contents.sizeBytes) present.set(contents.hash, object);
  }
  return present;
}

function entryOf(
  { path, type, mode, uid, gid, contents, target }: ManifestLine,
  { times }: TreeDetails,
  index: number,
): TreeEntry {
  const sizeBytes = contents?.sizeBytes ?? 0;
  const none = { holeBytes: 0, inode: 0, links: 1 };
  return { path, type, mode, uid, gid, sizeBytes, mtimeMs: times[index] ?? 0, target: target ?? '', ...none };
}

function isLinked(from: BytePath, to: BytePath): boolean {
  try {
    linkSync(systemPath(from), systemPath(to));
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'EMLINK') throw error; // Swept a moment ago, or it has as many links as it can have.
    return false;
  }
}

function wrong(key: string, hash: string): ContractorError {
  return new ContractorError(
    'PLACE_DAMAGED',
    `\`${key}\` has not arrived as it should be: its contents are not those of the hash ${hash}.`,
    'Pull again; if that is refused too, push the artifact again with `--anew`, from a store that has it.',
  );
}

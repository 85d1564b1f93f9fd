import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { ContractorError } from '../../errors.ts';
import { bytePath, inside, shownPath, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { hashFile } from './hash-file.ts';
import { manifestDigest, parseManifest } from './manifest.ts';
import type { ManifestLine } from './manifest.ts';
import { parcelFile, parcelsOf } from './parcels.ts';
import type { Parcel } from './parcels.ts';
import type { OnProgress } from './progress.ts';
import { readDetails } from './tree-details.ts';

/** An artifact that is to be sent: writes its `manifest` and its `details` where who sends it can read them. */
export interface ParcelsJob {
  /** `artifacts/<name>/<digest>/tree` */
  readonly tree: string;
  readonly digest: string;
  /** A directory of the trees. */
  readonly to: string;
}

export interface ParcelsResult {
  /** All that has to be where it is sent to. */
  readonly parcels: readonly { readonly key: string; readonly sizeBytes: number }[];
  readonly entries: number;
  readonly files: number;
  readonly sizeBytes: number;
}

/** Writes some of these parcels, a file each. */
export interface PackJob extends ParcelsJob {
  readonly keys: readonly string[];
}

export function listParcels(job: ParcelsJob, trees: BytePath): ParcelsResult {
  const { lines, manifest, root } = readArtifact(job, trees);
  const parcels = parcelsOf(lines);
  const details = readDetails(root, lines, parcels);
  const to = inside(trees, bytePath(job.to));
  writeFileSync(inside(to, 'manifest'), manifest, { encoding: 'latin1', mode: 0o644 });
  writeFileSync(inside(to, 'details'), JSON.stringify(details), { mode: 0o644 });
  const zeros = new Set(details.zeros);
  const files = lines.flatMap(({ contents }) => contents ?? []);
  return {
    parcels: parcels.filter(({ key }) => !zeros.has(key)).map(({ key, sizeBytes }) => ({ key, sizeBytes })),
    entries: lines.length,
    files: files.length,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** @throws ARTIFACT_DAMAGED: what is sent has the hash that it is sent under, else it is not sent. */
export function packParcels(job: PackJob, { trees, onProgress }: { trees: BytePath; onProgress: OnProgress }): null {
  const { lines, root } = readArtifact(job, trees);
  const wanted = new Set(job.keys);
  const pathOf = new Map<string, BytePath>();
  for (const { path, contents } of lines.toReversed()) if (contents) pathOf.set(contents.hash, path);
  const whole = new Set<string>();
  for (const parcel of parcelsOf(lines)) {
    if (!wanted.has(parcel.key)) continue;
    const bytes = Buffer.concat(parcel.contents.map((each) => piece(each, parcel)));
    const to = inside(inside(trees, bytePath(job.to)), parcelFile(parcel.key));
    writeFileSync(to, bytes, { mode: 0o644 });
    onProgress({ files: parcel.contents.length, bytes: bytes.length });
  }
  return null;

  function piece(contents: Parcel['contents'][number], { sliceAt, sizeBytes }: Parcel): Buffer {
    const path = pathOf.get(contents.hash) ?? '';
    const location = inside(root, path);
    if (sliceAt === undefined) {
      const bytes = readSlice(location, { at: 0, sizeBytes: contents.sizeBytes });
      if (hash('sha256', bytes) !== contents.hash) throw damaged(path);
      return bytes;
    }
    if (!whole.has(contents.hash) && hashFile(location) !== contents.hash) throw damaged(path);
    whole.add(contents.hash);
    return readSlice(location, { at: sliceAt, sizeBytes });
  }
}

function readArtifact(
  job: ParcelsJob,
  trees: BytePath,
): { readonly lines: readonly ManifestLine[]; readonly manifest: string; readonly root: BytePath } {
  const root = inside(trees, bytePath(job.tree));
  const manifest = readFileSync(systemPath(inside(root.slice(0, root.lastIndexOf('/')), 'manifest')), 'latin1');
  if (manifestDigest(manifest) !== job.digest) throw damaged('its manifest');
  return { lines: parseManifest(manifest), manifest, root };
}

/** So many bytes of a regular file, from `at` on; fewer where it ends. */
export function readSlice(
  location: BytePath,
  { at, sizeBytes }: { readonly at: number; readonly sizeBytes: number },
): Buffer {
  const file = openSync(systemPath(location), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${location} is no regular file`);
    const bytes = Buffer.allocUnsafe(sizeBytes);
    let done = 0;
    while (done < sizeBytes) {
      const length = readSync(file, bytes, done, sizeBytes - done, at + done);
      if (length === 0) break;
      done += length;
    }
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

function damaged(path: BytePath): ContractorError {
  return new ContractorError(
    'ARTIFACT_DAMAGED',
    `\`${shownPath(path)}\` of the artifact is not as it was made.`,
    'Have it forgotten with `contractor doctor --store --mend`, then build again.',
  );
}

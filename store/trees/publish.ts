import { existsSync, mkdirSync, renameSync, symlinkSync, linkSync, writeFileSync } from 'node:fs';
import { nanoid } from 'nanoid';
import { isArtifactName } from '../artifact-reference.ts';
import { bytePath, inside, shownPath, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { errorCode } from './error-code.ts';
import { hashFile } from './hash-file.ts';
import { manifestDigest, manifestLine, manifestText } from './manifest.ts';
import type { ManifestLine } from './manifest.ts';
import { treeObjects } from './objects.ts';
import type { ObjectSource } from './objects.ts';
import type { OnProgress } from './progress.ts';
import { removeTree } from './remove-tree.ts';
import { sealedCopies } from './sealed-copies.ts';
import { setAttributes } from './set-attributes.ts';
import { entryAt } from './tree-entry.ts';
import type { EntryType, TreeEntry } from './tree-entry.ts';
import { treePackages } from './tree-packages.ts';
import type { TreePackages } from './tree-packages.ts';
import { walkTree } from './walk-tree.ts';

/** What to publish. */
export interface PublishJob {
  /** A read-only mount that shows `layers` together; an absolute path. */
  readonly merged: string;
  /** The directory of it that is published; without it, all. */
  readonly directory?: string;
  /** Sealed layers, bottom first, from the root of the trees. */
  readonly layers: readonly string[];
  /** Of the artifact. */
  readonly name: string;
  /** What is half made is called after this, so that whoever knows it finds what a killed process has left. Default: at random. */
  readonly halfMadeAs?: string;
  /** What its digest has to be; else it is refused, and nothing is published. */
  readonly expect?: string;
}

export type PublishResult =
  | {
      readonly type: 'published';
      readonly digest: string;
      /** Files, directories and symbolic links, the root included. */
      readonly entries: number;
      readonly files: number;
      /** Of all files together. */
      readonly sizeBytes: number;
      /** Of those files that the store did not have before. */
      readonly newBytes: number;
      /** What an artifact does not keep: FIFOs, sockets and devices. The first 100. */
      readonly dropped: readonly { path: string; type: EntryType }[];
      readonly droppedCount: number;
      /** Of a system tree. */
      readonly system?: TreePackages;
    }
  /** The step left nothing there that could be an artifact. An outcome, so it is data. */
  | { readonly type: 'refused'; readonly message: string };

/**
 * Makes a directory of a workspace an artifact: `artifacts/<name>/<digest>/tree`, with its `manifest` beside.
 *
 * What is in the tree is read from the merged view; the bytes of a file are
 * taken from the sealed layer that the view shows, by a hard link and not by a
 * copy. All is hashed before anything is written, so that publishing a tree that
 * is there already leaves no trace. The rest is staged and then renamed: an
 * artifact is whole, or it is not there.
 */
export function publish(
  job: PublishJob,
  { trees, onProgress }: { trees: BytePath; onProgress: OnProgress },
): PublishResult {
  const halfMadeAs = job.halfMadeAs ?? nanoid();
  if (!/^[\w-]+$/.test(halfMadeAs))
    throw new Error(`${JSON.stringify(halfMadeAs)} is not a name for what is half made`);
  if (!isArtifactName(job.name)) throw new Error(`${JSON.stringify(job.name)} is not a name for an artifact`);
  const merged = bytePath(job.merged);
  const directory = plainDirectory(merged, bytePath(job.directory ?? ''));
  if ('problem' in directory) return { type: 'refused', message: directory.problem };

  try {
    const layers = job.layers.map((layer) => inside(trees, bytePath(layer)));
    const root = inside(merged, directory.path);
    const read = readTree({ root, layers, directory: directory.path, onProgress });
    const system = treePackages(root);
    if (job.expect !== undefined && manifestDigest(manifestText(read.lines)) !== job.expect)
      return { type: 'refused', message: `Its tree is not the one of the digest ${job.expect}.` };
    const made = published(read, { trees, name: job.name, halfMadeAs });
    return system === undefined ? made : { ...made, system };
  } catch (error) {
    if (error instanceof TooManyHoles) return { type: 'refused', message: error.message };
    if (errorCode(error) !== 'ENAMETOOLONG') throw error;
    return {
      type: 'refused',
      message: 'It has directories so deep that the paths in them exceed the 4096 bytes of Linux.',
    };
  }
}

/** Makes what was read an artifact, if it is not there. */
function published(
  read: ReadTree,
  { trees, name, halfMadeAs }: { trees: BytePath; name: string; halfMadeAs: string },
): Extract<PublishResult, { type: 'published' }> {
  const manifest = manifestText(read.lines);
  const digest = manifestDigest(manifest);
  const home = inside(trees, `artifacts/${name}/${digest}`);
  const newBytes = existsSync(home) ? 0 : stage(read, { trees, manifest, home, halfMadeAs });
  return {
    type: 'published',
    digest,
    entries: read.lines.length,
    files: read.sources.size,
    sizeBytes: [...read.sources.values()].reduce((sum, source) => sum + source.entry.sizeBytes, 0),
    newBytes,
    dropped: read.dropped.slice(0, 100).map(({ path, type }) => ({ path: shownPath(path), type })),
    droppedCount: read.dropped.length,
  };
}

/** `directory` without `.` and doubled slashes, or why it cannot be published. */
function plainDirectory(
  merged: BytePath,
  directory: BytePath,
): { readonly path: BytePath } | { readonly problem: string } {
  const names = directory.split('/').filter((name) => name !== '' && name !== '.');
  if (directory.startsWith('/') || names.includes('..')) {
    return { problem: `\`${shownPath(directory)}\` is not a path inside the workspace.` };
  }
  let path = '';
  for (const name of names) {
    path = inside(path, name);
    const type = entryAt(inside(merged, path), path)?.type;
    const shown = `\`${shownPath(path)}\``;
    if (type === undefined) return { problem: `There is no directory ${shown} in the workspace.` };
    if (type === 'symlink')
      return { problem: `${shown} in the workspace is a symbolic link, which might lead anywhere.` };
    if (type !== 'directory') return { problem: `${shown} in the workspace is not a directory.` };
  }
  return { path };
}

/** A hole takes no disk, and as long to hash as any file: a step could have us hash for years. Images of disks stay below. */
const MOST_HOLE_BYTES = 64 * 1024 ** 3;

class TooManyHoles extends Error {
  constructor({ path }: TreeEntry) {
    super(`It has files of holes, longer by 64 GiB than what they hold: \`${shownPath(path)}\` and those before it.`);
  }
}

interface ReadTree {
  readonly entries: readonly TreeEntry[];
  readonly lines: readonly ManifestLine[];
  readonly sources: ReadonlyMap<TreeEntry, FileSource>;
  readonly dropped: readonly TreeEntry[];
}

interface FileSource extends ObjectSource {
  /** The same for files that are hard links of each other. */
  readonly inodeKey: string | undefined;
}

function readTree(tree: {
  root: BytePath;
  layers: readonly BytePath[];
  directory: BytePath;
  onProgress: OnProgress;
}): ReadTree {
  const copies = sealedCopies(tree.layers, tree.directory);
  const read = { entries: [] as TreeEntry[], lines: [] as ManifestLine[], dropped: [] as TreeEntry[] };
  const sources = new Map<TreeEntry, FileSource>();
  const hashes = new Map<string, string>();

  const hashOf = (entry: TreeEntry): string => {
    const sealed = copies.find(entry);
    const inodeKey = sealed && sealed.entry.links > 1 ? `${sealed.layer}:${sealed.entry.inode}` : undefined;
    const location = sealed?.location ?? inside(tree.root, entry.path);
    const hash = (inodeKey !== undefined && hashes.get(inodeKey)) || hashFile(location);
    if (inodeKey !== undefined) hashes.set(inodeKey, hash);
    sources.set(entry, { location, entry: sealed?.entry ?? entry, hash, isSealed: sealed !== undefined, inodeKey });
    tree.onProgress({ files: 1, bytes: entry.sizeBytes });
    return hash;
  };

  let holeBytes = 0;
  for (const entry of walkTree(tree.root)) {
    if (entry.type === 'file') holeBytes += entry.holeBytes;
    if (holeBytes > MOST_HOLE_BYTES) throw new TooManyHoles(entry);
    const line = manifestLine(entry, hashOf);
    if (line) read.lines.push(line);
    (line ? read.entries : read.dropped).push(entry);
  }
  return { ...read, sources };
}

/** Makes the tree beside its place and moves it there. Returns how many bytes were new to the store. */
function stage(
  read: ReadTree,
  { trees, manifest, home, halfMadeAs }: { trees: BytePath; manifest: string; home: BytePath; halfMadeAs: string },
): number {
  const staging = inside(trees, `artifacts/.staging-${halfMadeAs}`);
  mkdirSync(staging, { mode: 0o700 });
  try {
    const newBytes = makeTree(read, { trees, root: inside(staging, 'tree'), halfMadeAs });
    writeFileSync(inside(staging, 'manifest'), manifest, { encoding: 'latin1', mode: 0o600 });
    mkdirSync(home.slice(0, home.lastIndexOf('/')), { recursive: true, mode: 0o700 });
    renameSync(staging, home);
    return newBytes;
  } catch (error) {
    removeTree(staging);
    // Another process published the same tree meanwhile.
    if (errorCode(error) === 'ENOTEMPTY' || errorCode(error) === 'EEXIST') return 0;
    throw error;
  }
}

/** Whether `to` is a link of `from` now; else a file has as many links as it can have, and a new one begins. */
function isLinked({ from, to }: { from: BytePath; to: BytePath }): boolean {
  try {
    linkSync(systemPath(from), systemPath(to));
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EMLINK') throw error;
    return false;
  }
}

function makeTree(
  read: ReadTree,
  { trees, root, halfMadeAs }: { trees: BytePath; root: BytePath; halfMadeAs: string },
): number {
  const objects = treeObjects(trees, halfMadeAs);
  const objectOfInode = new Map<string, BytePath>();
  let newBytes = 0;
  for (const entry of read.entries) {
    const location = inside(root, entry.path);
    const source = read.sources.get(entry);
    if (source) {
      const linked = source.inodeKey === undefined ? undefined : objectOfInode.get(source.inodeKey);
      if (linked !== undefined && isLinked({ from: linked, to: location })) continue;
      const placed = objects.place(source, location);
      newBytes += placed.newBytes;
      if (source.inodeKey !== undefined) objectOfInode.set(source.inodeKey, location);
    } else if (entry.type === 'symlink') {
      symlinkSync(systemPath(entry.target), systemPath(location));
      setAttributes(location, entry);
    } else {
      mkdirSync(systemPath(location), { mode: 0o700 });
    }
  }
  // Last: a directory may forbid to write in it, and its time must stay.
  for (const entry of read.entries) {
    if (entry.type === 'directory') setAttributes(inside(root, entry.path), entry);
  }
  return newBytes;
}

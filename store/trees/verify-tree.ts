import { readFileSync } from 'node:fs';
import { bytePath, inside, shownPath, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { errorCode } from './error-code.ts';
import { hashFile } from './hash-file.ts';
import { manifestDigest, manifestLine, manifestLineText, parseManifest } from './manifest.ts';
import type { ManifestLine } from './manifest.ts';
import { objectPath, twinsOf } from './objects.ts';
import type { OnProgress } from './progress.ts';
import type { TreeEntry } from './tree-entry.ts';
import { walkTree } from './walk-tree.ts';

/** An artifact to be checked. */
export interface VerifyJob {
  /** `artifacts/<name>/<digest>/tree`, from the root of the trees. Its manifest is beside it. */
  readonly tree: string;
  readonly digest: string;
}

export interface VerifyResult {
  readonly ok: boolean;
  /** The first 100. An empty path is the root of the tree. */
  readonly problems: readonly { path: string; problem: string }[];
  readonly problemCount: number;
  /**
   * Objects whose contents, mode or owner are not those in their name, from the root of the
   * trees. They must be removed with the artifact: publishing would use them again.
   */
  readonly damagedObjects: readonly string[];
}

/** Reads the whole tree and compares it with its manifest, and that with the digest. */
export function verifyTree(
  job: VerifyJob,
  { trees, onProgress }: { trees: BytePath; onProgress: OnProgress },
): VerifyResult {
  const root = inside(trees, bytePath(job.tree));
  const problems: { path: string; problem: string }[] = [];
  const damaged = new Set<BytePath>();
  const tell = (path: BytePath, problem: string) => problems.push({ path: shownPath(path), problem });
  const result = () => ({
    ok: problems.length === 0,
    problems: problems.slice(0, 100),
    problemCount: problems.length,
    damagedObjects: [...damaged].map(shownPath),
  });

  const manifest = readManifest(inside(root.slice(0, root.lastIndexOf('/')), 'manifest'));
  if (manifest === undefined || manifestDigest(manifest) !== job.digest) {
    tell(
      '',
      manifest === undefined ? 'its manifest is missing' : 'its manifest is not the one that its digest was made from',
    );
    return result();
  }
  const missing = new Map(parseManifest(manifest).map((line) => [line.path, line]));

  const check = (entry: TreeEntry): void => {
    const expected = missing.get(entry.path);
    missing.delete(entry.path);
    if (!expected) return void tell(entry.path, `this ${entry.type} does not belong to it`);
    const problem = differenceOf(root, entry, expected);
    if (problem === undefined) return;
    tell(entry.path, problem);
    const object = objectOf(trees, entry, expected);
    if (object !== undefined) damaged.add(object);
  };
  try {
    for (const entry of walkTree(root)) {
      check(entry);
      if (entry.type === 'file') onProgress({ files: 1, bytes: entry.sizeBytes });
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error; // The tree itself: all of it is missing.
  }
  for (const line of missing.values()) tell(line.path, `this ${line.type} is missing`);
  return result();
}

function readManifest(location: BytePath): string | undefined {
  try {
    return readFileSync(systemPath(location), 'latin1');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function differenceOf(root: BytePath, entry: TreeEntry, expected: ManifestLine): string | undefined {
  if (entry.type !== expected.type) return `it is a ${entry.type}, and was a ${expected.type}`;
  const { contents } = expected;
  if (contents && contents.sizeBytes !== entry.sizeBytes) {
    return `it has ${entry.sizeBytes} bytes, and had ${contents.sizeBytes}`;
  }
  let hash: string | undefined;
  try {
    const line = manifestLine(entry, ({ path }) => (hash = hashFile(inside(root, path))));
    if (line && manifestLineText(line) === manifestLineText(expected)) return undefined;
  } catch (error) {
    if (errorCode(error) !== 'EIO') throw error;
    return 'the disk cannot read it';
  }
  return hash === contents?.hash ? 'its mode, owner or target has changed' : 'its contents have changed';
}

/** The object that the damaged file is a link to, if it still is. */
function objectOf(trees: BytePath, entry: TreeEntry, { mode, uid, gid, contents }: ManifestLine): BytePath | undefined {
  if (!contents) return undefined;
  const first = objectPath({ hash: contents.hash, entry: { ...entry, mode, uid, gid } });
  return twinsOf(trees, first).get(entry.inode);
}

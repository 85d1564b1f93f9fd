import { linkSync, lchownSync, mkdirSync, symlinkSync } from 'node:fs';
import { ContractorError } from '../../errors.ts';
import { bytePath, inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { copyFile } from './copy-file.ts';
import { errorCode } from './error-code.ts';
import type { OnProgress } from './progress.ts';
import { setAttributes } from './set-attributes.ts';
import { entryAt } from './tree-entry.ts';
import type { TreeEntry } from './tree-entry.ts';
import { walkTree } from './walk-tree.ts';

/** Puts the whole of an artifact's tree into a directory. Paths are from the root of the trees. */
export interface LinkTreeJob {
  /** `artifacts/<name>/<digest>/tree` */
  readonly from: string;
  /** A directory, which is made if need be. */
  readonly to: string;
  /** Who owns the directories that are made on the way to it. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

export interface LinkTreeResult {
  readonly entries: number;
  readonly files: number;
  readonly sizeBytes: number;
}

/**
 * Fills `to` with hard links: nothing is copied, whatever the size.
 *
 * The files are then those of the artifact itself. So `to` must be in a layer
 * that is sealed before anything runs on it; an overlay copies a file of a
 * sealed layer before it is written to.
 */
export function linkTree(
  job: LinkTreeJob,
  { trees, onProgress }: { trees: BytePath; onProgress: OnProgress },
): LinkTreeResult {
  try {
    return linkAll(job, { trees, onProgress });
  } catch (error) {
    if (errorCode(error) !== 'ENAMETOOLONG') throw error;
    throw new ContractorError(
      'SPEC_INVALID',
      'The artifact has directories so deep that the paths in them would exceed the 4096 bytes of Linux there.',
      'Unpack it at the top of the workspace, or in a `directory` with a shorter name.',
      { cause: error },
    );
  }
}

function linkAll(job: LinkTreeJob, { trees, onProgress }: { trees: BytePath; onProgress: OnProgress }): LinkTreeResult {
  const from = inside(trees, bytePath(job.from));
  const to = bytePath(job.to);
  const isNew = makeDirectories({ trees, path: to, owner: job.owner });
  const result = { entries: 0, files: 0, sizeBytes: 0 };
  const directories: TreeEntry[] = [];
  for (const entry of walkTree(from)) {
    const location = inside(inside(trees, to), entry.path);
    result.entries++;
    if (entry.type === 'directory') {
      if (entry.path === '' ? isNew : makeDirectory(location)) directories.push(entry);
    } else if (entry.type === 'symlink') {
      symlinkSync(systemPath(entry.target), systemPath(location));
      setAttributes(location, entry);
    } else {
      linkFile({ from: inside(from, entry.path), to: location, entry });
      result.files++;
      result.sizeBytes += entry.sizeBytes;
      onProgress({ files: 1, bytes: entry.sizeBytes });
    }
  }
  for (const entry of directories) setAttributes(inside(inside(trees, to), entry.path), entry);
  return result;
}

/** Makes `path` and what is missing above it. Whether it is new. */
function makeDirectories(make: { trees: BytePath; path: BytePath; owner: LinkTreeJob['owner'] }): boolean {
  let location = make.trees;
  let isNew = false;
  for (const name of make.path.split('/')) {
    location = inside(location, name);
    isNew = makeDirectory(location);
    if (isNew) lchownSync(systemPath(location), make.owner.uid, make.owner.gid);
  }
  return isNew;
}

/** Whether it was made; false when it was there. A link to a directory does not count as one. */
function makeDirectory(location: BytePath): boolean {
  try {
    mkdirSync(systemPath(location), { mode: 0o755 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && entryAt(location, '')?.type === 'directory') return false;
    throw error;
  }
}

function linkFile({ from, to, entry }: { from: BytePath; to: BytePath; entry: TreeEntry }): void {
  try {
    linkSync(systemPath(from), systemPath(to));
  } catch (error) {
    if (errorCode(error) !== 'EMLINK' && errorCode(error) !== 'EXDEV') throw error;
    copyFile({ from, to, entry });
  }
}

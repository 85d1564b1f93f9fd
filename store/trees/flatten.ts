import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { bytePath, inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { copyFile } from './copy-file.ts';
import { errorCode } from './error-code.ts';
import type { OnProgress } from './progress.ts';
import { removeTree } from './remove-tree.ts';
import { sealedCopies } from './sealed-copies.ts';
import { setAttributes } from './set-attributes.ts';
import type { TreeEntry } from './tree-entry.ts';
import { walkTree } from './walk-tree.ts';

/** A stack of layers that is to become one. */
export interface FlattenJob {
  /** A read-only mount that shows `layers` together; an absolute path. */
  readonly merged: string;
  /** Sealed layers, bottom first, from the root of the trees. */
  readonly layers: readonly string[];
  /** The directory that becomes the layer, from the root of the trees. What an earlier attempt at it left there goes. */
  readonly to: string;
}

/**
 * Makes one layer that shows what a stack shows, by linking: no file is copied
 * that can be linked. Extended attributes of directories are not kept.
 */
export function flatten(job: FlattenJob, { trees, onProgress }: { trees: BytePath; onProgress: OnProgress }): null {
  const merged = bytePath(job.merged);
  const to = inside(trees, bytePath(job.to));
  const copies = sealedCopies(
    job.layers.map((layer) => inside(trees, bytePath(layer))),
    '',
  );
  removeTree(to);
  const directories: TreeEntry[] = [];
  for (const entry of walkTree(merged)) {
    const location = inside(to, entry.path);
    if (entry.type === 'directory') {
      mkdirSync(systemPath(location), { mode: 0o700 });
      directories.push(entry);
    } else if (entry.type === 'symlink') {
      symlinkSync(systemPath(entry.target), systemPath(location));
      setAttributes(location, entry);
    } else {
      const sealed = copies.find(entry)?.location;
      place({ entry, from: sealed ?? inside(merged, entry.path), to: location, isSealed: sealed !== undefined });
      onProgress({ files: 1, bytes: entry.sizeBytes });
    }
  }
  // Last: a directory may forbid to write in it, and its time must stay.
  for (const entry of directories) setAttributes(inside(to, entry.path), entry);
  return null;
}

function place({
  entry,
  from,
  to,
  isSealed,
}: {
  readonly entry: TreeEntry;
  readonly from: BytePath;
  readonly to: BytePath;
  readonly isSealed: boolean;
}): void {
  if (isSealed) {
    try {
      linkSync(systemPath(from), systemPath(to));
      return;
    } catch (error) {
      if (errorCode(error) !== 'EMLINK') throw error;
    }
  }
  copyFile({ from, to, entry });
}

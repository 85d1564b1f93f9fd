import { bytePath, inside } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import type { OnProgress } from './progress.ts';
import { removeInPlace } from './remove-tree.ts';

/** Removes trees that no record names, by their paths from the root of the trees. */
export interface RemoveDoomedJob {
  readonly paths: readonly string[];
}

export interface RemoveDoomedResult {
  readonly freedBytes: number;
}

/** Each progress is a tree that is gone, and what that has freed. */
export function removeDoomed(
  { paths }: RemoveDoomedJob,
  { trees, onProgress }: { trees: BytePath; onProgress: OnProgress },
): RemoveDoomedResult {
  let freedBytes = 0;
  for (const path of paths) {
    const bytes = removeInPlace(inside(trees, bytePath(path)));
    freedBytes += bytes;
    onProgress({ files: 1, bytes });
  }
  return { freedBytes };
}

import { bytePath, inside } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import type { TwoBuilds } from './causes/cause.ts';
import { ContentsDifferences } from './contents-difference.ts';
import type { ContentsDifference } from './contents-difference.ts';
import type { OnProgress } from './progress.ts';
import { treeChanges } from './tree-changes.ts';
import type { TreeChange, TreeChanges } from './tree-changes.ts';

/** Two trees that should be the same, each mounted read-only. */
export interface TreeDifferencesJob {
  readonly before: string;
  readonly after: string;
  /** Only what is at this path, or below it, counts. */
  readonly path?: BytePath;
  readonly builds: TwoBuilds;
}

/** A change, and of a file whose contents differ, how. */
export type TreeDifference = TreeChange & { readonly contents?: ContentsDifference };

export interface TreeDifferences extends Omit<TreeChanges, 'changes'> {
  readonly changes: readonly TreeDifference[];
  /** Entries that are in both trees. */
  readonly compared: number;
  /** Those of them whose times of modification differ, and the first of their paths. */
  readonly timesDiffer: number;
  readonly timesOf: readonly BytePath[];
}

const MOST_TIMES_TOLD = 10_000;

/** How two builds of the same thing differ, and of contents why, as far as that can be told. Reads both trees whole. */
export function treeDifferences(
  job: TreeDifferencesJob,
  { trees, onProgress }: { trees: BytePath; onProgress: OnProgress },
): TreeDifferences {
  let compared = 0;
  let timesDiffer = 0;
  const timesOf: BytePath[] = [];
  const found = treeChanges(job, {
    trees,
    onProgress,
    onBoth: (old, now) => {
      compared++;
      if (old.mtimeMs === now.mtimeMs) return;
      timesDiffer++;
      if (timesOf.length < MOST_TIMES_TOLD) timesOf.push(now.path);
    },
  });
  const contents = new ContentsDifferences(job.builds);
  const roots = [bytePath(job.before), bytePath(job.after)] as const;
  const changes = found.changes.map((change): TreeDifference => {
    if (change.type !== 'changed' || !change.differs.includes('contents')) return change;
    const { path } = change;
    return { ...change, contents: contents.between(inside(roots[0], path), inside(roots[1], path)) };
  });
  return { ...found, changes, compared, timesDiffer, timesOf };
}

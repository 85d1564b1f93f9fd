import { bytePath, inside, shownPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import type { OnProgress } from './progress.ts';
import { treeChanges } from './tree-changes.ts';

/** Pairs of trees to compare until two differ. Paths are from the root of the trees. */
export interface FirstDifferingJob {
  readonly pairs: readonly { readonly before: string; readonly after: string }[];
}

export interface FirstDiffering {
  /** The pair, counted from 0, and the first path in it. Both absent when all are the same. */
  readonly index?: number;
  readonly path?: string;
}

/**
 * Which pair of layers is the first to differ, in what a layer holds: also the marks of what it takes away. Times do not count.
 */
export function firstDiffering(
  { pairs }: FirstDifferingJob,
  { trees, onProgress }: { trees: BytePath; onProgress: OnProgress },
): FirstDiffering {
  for (const [index, pair] of pairs.entries()) {
    const [before, after] = [pair.before, pair.after].map((path) => inside(trees, bytePath(path))) as [string, string];
    const [first] = treeChanges(
      { before: shownPath(before), after: shownPath(after), most: 1 },
      { trees, onProgress },
    ).changes;
    if (first !== undefined) return { index, path: shownPath(first.path) };
  }
  return {};
}

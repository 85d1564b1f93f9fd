import type { Output } from '../context.ts';

/** Beyond this, the eye loses the way from a name to its time. */
const WIDEST = 110;

/** How wide the lines of a tree are: one column less than the terminal, which may break a line that fills it. */
export function treeWidth({ columns }: Pick<Output, 'columns'>): number {
  return Math.min(WIDEST, (columns ?? 80) - 1);
}

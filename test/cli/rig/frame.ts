import type { RunView } from '../../../cli/progress/run-view.ts';
import { treeFrame } from '../../../cli/progress/tree-frame.ts';
import { glyphsFor } from '../../../cli/text/glyphs.ts';
import { paintNothing } from '../../../cli/text/paint.ts';

/** What the running step has written. */
const log = ['Setting up libc6', 'Unpacking gcc-14 (14.2.0-12) from a path that is long', 'Selecting make'];

/** Of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The live tree, on a terminal of that size. */
export function frame(view: RunView, now: number, { columns, rows }: Size, env: Record<string, string> = {}): string[] {
  return treeFrame({
    view,
    columns,
    rows,
    now,
    paint: paintNothing,
    glyphs: glyphsFor(env),
    logTail: (_project, _step, count) => (count === 0 ? [] : log.slice(-count)),
  });
}

export const text = (lines: readonly string[]): string => lines.join('\n');

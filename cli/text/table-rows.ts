import { displayWidth } from './display-width.ts';
import { padded, type Piece, type Row } from './row.ts';
import type { Tone } from './paint.ts';

/** A cell: its text, and its tone unless that is plain. */
export type Cell = string | Piece;

/** A table: columns as wide as their widest cell, two spaces apart, under a faint heading. */
export function tableRows(heading: readonly string[], lines: readonly (readonly Cell[])[]): readonly Row[] {
  const widths = heading.map((title, column) =>
    lines.reduce((most, line) => Math.max(most, displayWidth(textOf(line[column] ?? ''))), displayWidth(title)),
  );
  const row = (cells: readonly Cell[], tone: Tone): Row => ({
    left: cells.map((cell, column) => [
      typeof cell === 'string' ? tone : cell[0],
      // Nothing stands right of the last column, so it is not filled up.
      column === cells.length - 1 ? textOf(cell) : `${padded(textOf(cell), widths[column] ?? 0)}  `,
    ]),
  });
  return [row(heading, 'faint'), ...lines.map((line) => row(line, 'plain'))];
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell[1];
}

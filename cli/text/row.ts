import { displayWidth, truncated } from './display-width.ts';
import { neutralisedLine } from './neutralised.ts';
import type { Paint, Tone } from './paint.ts';

/** A piece of a line, in one tone. */
export type Piece = readonly [tone: Tone, text: string];

/** A line: pieces from the left, which give way, and pieces at the right edge, which do not. */
export interface Row {
  readonly left: readonly Piece[];
  readonly right?: readonly Piece[];
}

/** `row` in at most `width` columns (Infinity: whole, with no edge to keep to), harmless to a terminal whatever its text is. */
export function rowText(row: Row, { width, paint }: { width: number; paint: Paint }): string {
  const right = fitted(row.right ?? [], width);
  const rightWidth = widthOf(right);
  const left = fitted(row.left, rightWidth === 0 ? width : Math.max(0, width - rightWidth - 1));
  const painted = (pieces: readonly Piece[]): string => pieces.map(([tone, text]) => paint(tone, text)).join('');
  if (rightWidth === 0) return painted(left).trimEnd();
  const gap = Number.isFinite(width) ? width - rightWidth - widthOf(left) : 2;
  return `${painted(left)}${' '.repeat(gap)}${painted(right)}`;
}

/** The piece made longer with spaces, for columns. */
export function padded(text: string, width: number): string {
  return `${text}${' '.repeat(Math.max(0, width - displayWidth(text)))}`;
}

function fitted(pieces: readonly Piece[], width: number): readonly Piece[] {
  const kept: Piece[] = [];
  let free = width;
  for (const [tone, raw] of pieces) {
    const text = neutralisedLine(raw);
    const part = truncated(text, free);
    if (part !== '') kept.push([tone, part]);
    if (part !== text) break;
    free -= displayWidth(part);
  }
  return kept;
}

function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, [, text]) => sum + displayWidth(text), 0);
}

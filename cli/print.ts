import type { Context } from './context.ts';
import { paintFor } from './text/paint.ts';
import { jsonText } from './text/json-text.ts';
import { rowText, type Row } from './text/row.ts';

/** For programs: one JSON document. */
export function printJson(value: unknown, { stdout }: Context): void {
  stdout.write(`${jsonText(value, 2)}\n`);
}

/** For people: lines, whole unless there is a `width` to keep to. */
export function printRows(rows: readonly Row[], { stdout, env }: Context, width: number = Infinity): void {
  const paint = paintFor(stdout, env);
  for (const row of rows) stdout.write(`${rowText(row, { width, paint })}\n`);
}

import { assert } from '../errors.ts';
import { storeDamaged } from './sqlite-refusal.ts';

/** `value` as the text of a column. The store looks into none of it. */
export function jsonColumn(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  assert(text !== undefined, 'only JSON can be recorded');
  return text;
}

/** The value of a column that {@link jsonColumn} wrote. `what` names it should it be damaged. */
export function valueOfColumn(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw storeDamaged(`The record of ${what} cannot be read.`, error);
  }
}

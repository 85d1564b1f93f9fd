import type { ProblemCode } from './problem.ts';
import { quoted } from './printable-text.ts';

/** Far more than a specification has, far less than what exhausts memory. */
const MOST_VALUES = 250_000;

type JsonText =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'refused'; readonly code: ProblemCode; readonly message: string };

/** A program's value as indented JSON, or why it is none. Properties that are `undefined` count as absent. */
export function jsonText(value: unknown): JsonText {
  let values = 0;
  try {
    const text = JSON.stringify(
      value,
      (key, part: unknown) => {
        if (++values > MOST_VALUES) throw new NotJson('TOO_MANY_NODES', `it has more than ${MOST_VALUES} values`);
        const isLost =
          typeof part === 'function' ||
          typeof part === 'symbol' ||
          (typeof part === 'number' && !Number.isFinite(part));
        if (isLost) throw new NotJson('NOT_JSON', `the value of ${quoted(key)} is ${nameOf(part)}`);
        return part;
      },
      2,
    ) as string | undefined;
    return { type: 'text', text: text ?? '' };
  } catch (error) {
    // Whatever a getter or `toJSON` throws, and what JSON itself refuses: cycles, big integers, endless depth.
    const code = error instanceof NotJson ? error.code : 'NOT_JSON';
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { type: 'refused', code, message: `the specification is no plain JSON: ${quoted(why ?? '').slice(1, -1)}` };
  }
}

class NotJson extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}

function nameOf(part: unknown): string {
  return typeof part === 'number' ? String(part) : `a ${typeof part}`;
}

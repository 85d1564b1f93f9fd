import type { Output } from '../context.ts';
import { neutralisedLine } from '../text/neutralised.ts';

/** One line of a terminal that says what is done now; nothing where nobody looks. */
export function liveLine(output: Output): { show(text: string): void; clear(): void } {
  const write = (text: string): void => {
    if (output.isTTY === true) output.write(`\r${text}\x1b[K`);
  };
  return { show: (text) => write(neutralisedLine(text).slice(0, (output.columns ?? 80) - 1)), clear: () => write('') };
}

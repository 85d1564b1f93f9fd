import { readFileSync } from 'node:fs';
import type { Context } from '../context.ts';

/** What a line that is typed asks for. */
export interface Keys {
  /** Enter alone. */
  again(): void;
  /** `q`. */
  quit(): void;
}

/**
 * Listens for lines that are typed, until it is disposed. The terminal stays as it is, so that there is nothing to mend
 * after a crash. In the background nothing is read: that would stop the process.
 */
export function listenForKeys({ again, quit }: Keys, context: Context): Disposable {
  if (context.stdout.isTTY !== true || !isInForeground()) return { [Symbol.dispose]() {} };
  const stdin = context.openStdin();
  if (stdin.isTTY !== true) return { [Symbol.dispose]() {} };
  const read = (chunk: Buffer | string): void => {
    const line = String(chunk).trim();
    if (line === '') again();
    else if (line === 'q') quit();
  };
  stdin.on('data', read);
  return {
    [Symbol.dispose]() {
      stdin.off('data', read);
      stdin.pause();
    },
  };
}

/** Whether the terminal's keys are for this process: proc(5), `pgrp` and `tpgid`. */
function isInForeground(): boolean {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every system call of an architecture up to Linux 7.0, from the headers of linux-libc-dev: number and name. */
export function allCalls(architecture: 'x86_64' | 'aarch64'): ReadonlyMap<string, number> {
  const text = readFileSync(join(import.meta.dirname, `syscalls-${architecture}.txt`), 'utf8');
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([number, name = '']) => [name, Number(number)]),
  );
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../house/sources.ts';
import { allCalls } from './seccomp/all-calls.ts';

/** What a program in Perl takes for the number of each call on an architecture: `NAME => NUMBER`, in braces after its name. */
function numbersIn(file: string, architecture: string): readonly (readonly [name: string, number: number])[] {
  const [, table = ''] =
    new RegExp(`\\b${architecture}\\s*=> \\{([^}]*)\\}`).exec(readFileSync(join(root, file), 'utf8')) ?? [];
  return [...table.matchAll(/(\w+) => (\d+)/g)].map(([, name = '', number]) => [name, Number(number)]);
}

// A wrong one would be another call, made by who has capabilities, and no test on another processor would see it.
describe.each(['sandbox/keeper/Kernel.pm', 'sandbox/cut-off.pl'])('the calls that %s makes by number', (file) => {
  test.each(['x86_64', 'aarch64'] as const)('have those of the headers on %s', (architecture) => {
    const numbers = numbersIn(file, architecture);
    const calls = allCalls(architecture);
    expect(numbers.length).toBeGreaterThan(4);
    expect(numbers).toEqual(numbers.map(([name]) => [name, calls.get(name)]));
  });

  test('are the same calls on both', () => {
    const names = (architecture: string): string[] =>
      numbersIn(file, architecture)
        .map(([name]) => name)
        .toSorted();
    expect(names('aarch64')).toEqual(names('x86_64'));
  });
});

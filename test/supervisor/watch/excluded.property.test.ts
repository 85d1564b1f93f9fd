import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { excluded } from '../../../supervisor/watch/excluded.ts';
import { propertyRuns } from '../../property-runs.ts';

const FILES = ['a', 'a.o', 'b/a', 'b/ab.o', 'b/c/a', 'b/c/[x]', 'b/c/.a.swp', 'c/b', 'c/a b', 'd/b/c/x', 'd/*'];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-excluded-'));
  for (const file of FILES) {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), '');
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What tar packs, as copy-source has it do that. */
function packed(patterns: readonly string[]): string[] {
  const how = ['--wildcards', '--no-anchored', '--wildcards-match-slash', '--quoting-style=literal'];
  const exclude = patterns.map((pattern) => `--exclude=${pattern}`);
  const argv = ['--create', '--file=/dev/null', '-v', ...how, ...exclude, `--directory=${directory}`, '.'];
  return execFileSync('tar', argv, { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.replace(/^\.\//, ''));
}

const pattern = fc.oneof(
  fc.constantFrom(
    '*.o',
    'b/*',
    'b',
    '.',
    './a',
    '*/a',
    'b/c',
    'c/',
    '[ab]',
    '[!a]',
    '[[:alpha:]]',
    '\\*',
    'a\\',
    '?',
    '*',
  ),
  fc.string({
    unit: fc.constantFrom('a', 'b', 'c', '/', '*', '?', '.', '[', ']', '\\', '!', 'x'),
    minLength: 1,
    maxLength: 5,
  }),
);

test('what is left out, tar leaves out too: no change that is copied is passed over', () => {
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 3 }), (patterns) => {
      const isLeftOut = excluded(patterns);
      const kept = packed(patterns);
      expect(FILES.filter((file) => isLeftOut(file) && kept.includes(file))).toEqual([]);
    }),
    propertyRuns(60),
  );
});

test.each([
  ['*.o', ['a.o', 'b/ab.o']],
  ['b', ['b/a', 'b/ab.o', 'b/c/a', 'b/c/[x]', 'b/c/.a.swp', 'c/b', 'd/b/c/x']],
  ['b/c', ['b/c/a', 'b/c/[x]', 'b/c/.a.swp', 'd/b/c/x']],
  ['[ab]', FILES.filter((file) => /(^|\/)[ab](\/|$)/.test(file))],
  ['.*.swp', ['b/c/.a.swp']],
])('`%s` leaves out what tar leaves out', (pattern, left) => {
  const kept = packed([pattern]);
  expect(FILES.filter((file) => !kept.includes(file))).toEqual(left);
  expect(FILES.filter(excluded([pattern]))).toEqual(left);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logTail } from '../../../cli/progress/log-tail.ts';

let directory: string;
let file: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-tail-'));
  file = join(directory, 'log');
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a log that is not there has no lines', () => {
  expect(logTail(join(directory, 'none'), 3)).toEqual([]);
});

test('empty lines do not count, and nothing is asked of none', () => {
  writeFileSync(file, 'a\n\n  \nb\n\tc');
  expect(logTail(file, 2)).toEqual(['b', '  c']);
  expect(logTail(file, 0)).toEqual([]);
});

test('of a large log only whole lines from its end are taken', () => {
  writeFileSync(file, `${'漢'.repeat(9000)}\n${'x'.repeat(100)}\nlast\n`);
  expect(logTail(file, 20)).toEqual(['x'.repeat(100), 'last']);
});

test('one endless line is shown by its end', () => {
  writeFileSync(file, `${'y'.repeat(100_000)}z`);
  expect(logTail(file, 20).join('')).toMatch(/^y+z$/);
});

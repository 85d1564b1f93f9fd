import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logExcerpt } from '../../../inspector/report/log-excerpt.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-excerpt-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a small log is whole; of a large one the beginning and the end are kept, and what is left out is said', () => {
  const file = join(directory, 'log');
  writeFileSync(file, `begin${'x'.repeat(990)}enden`);
  expect(logExcerpt(file, 1000)).toEqual({ sizeBytes: 1000, text: `begin${'x'.repeat(990)}enden` });
  expect(logExcerpt(file, 20)).toEqual({
    sizeBytes: 1000,
    text: `begin\n… 980 bytes are left out of this report …\n${'x'.repeat(10)}enden`,
  });
  expect(logExcerpt(join(directory, 'none'), 20)).toEqual({ sizeBytes: 0, text: '' });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../errors.ts';
import { PROBLEM_CODES } from '../../spec-schema/problem.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');

/** The rows of the table under a heading: code, what happened, how to mend. */
function rowsUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([A-Z_]+)` \|(.*)\|(.*)\|$/gm)].map(([, ...cells]) =>
    cells.map((cell) => cell.trim()),
  );
}

describe.each([
  ['Refusals', ERROR_CODES],
  ['Problems of a specification', PROBLEM_CODES],
])('docs/errors.md, %s', (heading, codes) => {
  const rows = rowsUnder(heading);

  test('[A-20] there is a row for each code, in the same order, and for nothing else', () => {
    expect(rows.map(([code]) => code)).toEqual([...codes]);
  });

  test('each row says what happened and how to mend it', () => {
    expect(rows.filter(([, what = '', mend = '']) => !/\w.*\.$/.test(what) || !/\w.*\.$/.test(mend))).toEqual([]);
  });
});

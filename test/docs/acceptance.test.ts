import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/acceptance.md'), 'utf8');
const rows = [...page.matchAll(/^\| (A-\d+) \|(.*)\|$/gm)].map(([, id = '', rest = '']) => ({
  id,
  cells: rest.split(' | ').map((cell) => cell.trim()),
}));
const scenarios = rows.map(({ id }) => id);

/** The ids in the titles of tests: what follows `test(`, `test.skipIf(…)(` and such, up to the end of the title. */
const bound = new Set(
  globSync('test/**/*.test.ts', { cwd: root }).flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(/\(\s*(['"`])(\[A-\d+\][^\n]*?)\1,/g)].flatMap(
      ([, , title = '']) => [...title.matchAll(/\[(A-\d+)\]/g)].map(([, id = '']) => id),
    ),
  ),
);

test('each scenario has an id of its own and says what is given, when and then', () => {
  expect(new Set(scenarios).size).toBe(scenarios.length);
  expect(scenarios.length).toBeGreaterThan(0);
  expect(rows.filter(({ cells }) => cells.length !== 3 || cells.includes('')).map(({ id }) => id)).toEqual([]);
});

test('each scenario is bound to a test', () => {
  expect(scenarios.filter((id) => !bound.has(id))).toEqual([]);
});

test('each test that names a scenario names one that there is', () => {
  expect([...bound].filter((id) => !scenarios.includes(id))).toEqual([]);
});

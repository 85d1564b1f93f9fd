import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entriesOf } from '../../scripts/api/entries.ts';
import { firstLine } from '../../scripts/api/pages.ts';
import { publicSurface } from '../../scripts/api/public-surface.ts';
import { staleness, writeReference } from '../../scripts/api/reference.ts';

const root = join(import.meta.dirname, '../..');

test('[A-213] each thing that the package exports has a docstring that begins with a sentence', () => {
  const exported = publicSurface(root, entriesOf(root)).filter(({ exportedBy }) => exportedBy.length > 0);
  expect(exported.length).toBeGreaterThan(100);
  const wordless = exported.filter((item) => !/^[A-Z`].*[.?!:]$/.test(firstLine(item)));
  expect(wordless.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
});

describe('a package of its own', () => {
  let directory: string;
  const file = (name: string): string => join(directory, name);
  const edit = (name: string, from: string, to: string): void => {
    const text = readFileSync(file(name), 'utf8');
    expect(text).toContain(from);
    writeFileSync(file(name), text.replace(from, to));
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'contractor-api-'));
    writeFileSync(file('package.json'), '{ "name": "own", "exports": { ".": { "types": "./dist/index.d.ts" } } }');
    writeFileSync(
      file('index.ts'),
      `export { count } from './errors.ts';\nexport type { Shape } from './errors.ts';\n`,
    );
    writeFileSync(
      file('errors.ts'),
      [
        '/** What is counted.\n *\n * @throws USAGE of none */',
        'export type Shape = /** With corners. */ { readonly corners: Part } | { readonly none: true };',
        'interface Part { readonly sizeMm: number }',
        'interface Unseen { readonly a: 1 }',
        'const unseen: Unseen = { a: 1 };',
        '/** Counts. {@link Shape} */',
        'export function count(shape: Shape, most = 3): number { return most + unseen.a + Object.keys(shape).length; }',
      ].join('\n'),
    );
    await writeReference(directory);
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('[A-213] shows what is exported, with what that is made of, and nothing else', () => {
    const page = readFileSync(file('docs/api/errors.md'), 'utf8');
    expect(page).toContain(
      '## `count`\n\nCounts. `Shape`\n\n```ts\nfunction count(shape: Shape, most?: number): number;\n```',
    );
    expect(page).toContain('Made of: [`Shape`](#shape)');
    expect(page).toContain('What is counted.\n\nThrows `USAGE` of none');
    expect(page).toContain('/** With corners. */');
    expect(page).toContain('## `Part`\n\nNot exported: part of the types of others.');
    expect(page).not.toContain('Unseen');
    expect(readFileSync(file('docs/api/README.md'), 'utf8')).toContain(
      '- function [`count`](errors.md#count): Counts.',
    );
  });

  test('[A-213] a change behind the surface is none of it', async () => {
    edit('errors.ts', 'return most +', 'return 1 + most +');
    edit('errors.ts', 'readonly a: 1 }', 'readonly a: 1; readonly b?: 2 }');
    expect(await staleness(directory)).toEqual([]);
  });

  test.each([
    ['a parameter', 'most = 3', "most = '3'", '+function count(shape: Shape, most?: string): number;'],
    ['a type that nobody exports', 'sizeMm: number', 'sizeMm: bigint', '+interface Part { readonly sizeMm: bigint }'],
    ['a docstring', 'Counts.', 'Counts all.', '+Counts all. `Shape`'],
    ['something new', '/** Counts', '/** New. */\nexport const more: 1 = 1;\n/** Counts', undefined],
  ])('[A-213] %s that changes is told, and is right once the pages are made anew', async (_, from, to, told) => {
    edit('errors.ts', from, to);
    if (told === undefined) edit('index.ts', '{ count }', '{ count, more }');
    expect((await staleness(directory)).join()).toContain(told ?? '+const more: 1;');
    await writeReference(directory);
    expect(await staleness(directory)).toEqual([]);
  });

  test('[A-213] a page that nothing is on any more is told, and goes', async () => {
    writeFileSync(file('docs/api/garbage.md'), 'old\n');
    expect((await staleness(directory)).join()).toContain('-old');
    await writeReference(directory);
    expect(await staleness(directory)).toEqual([]);
  });

  test('[A-213] the check of `npm test` fails with the difference', () => {
    edit('errors.ts', 'Counts.', 'Counts all.');
    const argv = [join(root, 'scripts/write-api.ts'), '--check'];
    const { status, stderr } = spawnSync(process.execPath, argv, { cwd: directory, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('+Counts all. `Shape`');
    expect(stderr).toContain('npm run api');
  });
});

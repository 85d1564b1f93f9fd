import { describe, expect, test } from 'vitest';
import { forbiddenImports, importCycle } from './import-rules.ts';
import { importsOf, sourcesOf, type Source } from './sources.ts';

const sources = sourcesOf();

const source = (path: string, text: string): Source => ({ path, text, imports: importsOf(path, text) });

describe('the sources', () => {
  test('are found', () => {
    expect(sources.map(({ path }) => path)).toContain('errors.ts');
  });

  test('import only what their folder may know', () => {
    expect(forbiddenImports(sources)).toEqual([]);
  });

  test('have no import cycle', () => {
    expect(importCycle(sources)).toBeUndefined();
  });
});

describe('the rules', () => {
  test.each([
    ['an arrow that goes up', 'store/a.ts', `import { b } from '../supervisor/b.ts';`],
    ['a neighbour', 'store/a.ts', `import { b } from '../sandbox/b.ts';`],
    ['a type of a neighbour', 'store/a.ts', `import type { B } from '../sandbox/b.ts';`],
    ['a value where only types are allowed', 'machines/a.ts', `import { b } from '../spec-schema/b.ts';`],
    ['a value among types', 'machines/a.ts', `import { type B, c } from '../spec-schema/b.ts';`],
    [
      'a second export line',
      'machines/a.ts',
      `import type { B } from './b.ts';\nexport { c } from '../spec-schema/c.ts';`,
    ],
    ['an import over several lines', 'cli/a.ts', `import {\n  a,\n  b,\n} from '../supervisor/b.ts';`],
    ['an import for its effect', 'store/a.ts', `import '../cli/b.ts';`],
    ['an import on demand', 'cli/a.ts', `const b = await import('../supervisor/b.ts');`],
    ['what is loaded on demand only', 'cli/a.ts', `import { a } from '../inspector/a.ts';`],
    ['a package that another folder alone knows', 'cli/a.ts', `import { parse } from 'yaml';`],
    ['a part of such a package', 'actions/a.ts', `import { getShortestPaths } from 'xstate/graph';`],
    ['even the type of such a package', 'actions/a.ts', `import type { Actor } from 'xstate';`],
    ['a file system where there is none', 'spec-schema/a.ts', `import { readFileSync } from 'node:fs';`],
    [
      'the making of directories where there is no file system',
      'machines/a.ts',
      `import { b } from '../make-directory.ts';`,
    ],
    ['an id where none is made', 'machines/a.ts', `import { nanoid } from 'nanoid';`],
  ])('refuse %s', (_, path, text) => {
    expect(forbiddenImports([source(path, text)])).toHaveLength(1);
  });

  test.each([
    ['what lies below', 'actions/a.ts', `import { b } from '../sandbox/b.ts';`],
    ['what is loaded on demand only, on demand', 'cli/a.ts', `const b = await import('../inspector/b.ts');`],
    ['errors, from everywhere', 'sandbox/a.ts', `import { ContractorError } from '../errors.ts';`],
    ['the making of directories', 'store/a.ts', `import { makeDirectory } from '../make-directory.ts';`],
    ['types where only types are allowed', 'machines/a.ts', `import { type B, type C } from '../spec-schema/b.ts';`],
    [
      'a comment that looks like an import',
      'store/a.ts',
      `/*\nimport { b } from '../cli/b.ts';\n*/\n// import('yaml')`,
    ],
    ['anything, in a test', 'test/a.ts', `import { b } from '../store/b.ts';`],
  ])('allow %s', (_, path, text) => {
    expect(forbiddenImports([source(path, text)])).toEqual([]);
  });

  test('show the path of a cycle', () => {
    const cycle = importCycle([
      source('store/a.ts', `import './b.ts';`),
      source('store/b.ts', `import './c.ts';`),
      source('store/c.ts', `import './b.ts';`),
    ]);
    expect(cycle).toEqual(['store/b.ts', 'store/c.ts', 'store/b.ts']);
  });
});

import {
  appendFileSync,
  chmodSync,
  closeSync,
  lutimesSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { verifyTree } from '../../../store/trees/verify-tree.ts';
import { directory, file, inodesOf, symlink } from './generated-tree.ts';
import { makeLayer, publishLayer, silent, temporaryTrees } from './temporary-trees.ts';

const node = directory({
  bin: directory({ hello: file('hello', 0o755), twin: file('hello', 0o755) }),
  empty: file(''),
  link: symlink('bin/hello'),
  'a\nb': file('x'.repeat(5000)),
});
let trees: string;
let tree: string;
let digest: string;

beforeEach(() => {
  trees = temporaryTrees();
  ({ tree, digest } = publishLayer(trees, { layer: makeLayer(trees, { id: 'l1', node }) }));
});

const verify = () => verifyTree({ tree, digest }, { trees, onProgress: silent });
const problems = () => verify().problems;

test('finds nothing wrong with what was published', () => {
  expect(verify()).toEqual({ ok: true, problems: [], problemCount: 0, damagedObjects: [] });
});

test('finds any byte of any object that has changed, and the object', () => {
  const objects = inodesOf(join(trees, 'objects')).map(([path]) => path);
  fc.assert(
    fc.property(fc.constantFrom(...objects), fc.nat(), fc.integer({ min: 1, max: 255 }), (path, where, change) => {
      const object = openSync(join(trees, 'objects', path), 'r+');
      const byte = Buffer.alloc(1);
      const size = readFileSync(object).length;
      const at = size === 0 ? 0 : where % size;
      readSync(object, byte, 0, 1, at);
      writeSync(object, Buffer.of((byte[0] ?? 0) ^ change), 0, 1, at);
      const found = verify();
      if (size === 0) closeSync(openSync(join(trees, 'objects', path), 'w'));
      else writeSync(object, byte, 0, 1, at);
      closeSync(object);
      expect(found).toMatchObject({ ok: false, damagedObjects: [`objects${path}`] });
      expect(verify().ok).toBe(true);
    }),
  );
});

test('finds what is missing, new or of another kind', () => {
  rmSync(join(trees, tree, 'empty'));
  writeFileSync(join(trees, tree, 'bin/new'), '');
  rmSync(join(trees, tree, 'bin/twin'));
  symlinkSync('hello', join(trees, tree, 'bin/twin'));
  rmSync(join(trees, tree, 'link'));
  symlinkSync('bin/twin', join(trees, tree, 'link'));
  expect(problems()).toEqual([
    { path: 'bin/new', problem: 'this file does not belong to it' },
    { path: 'bin/twin', problem: 'it is a symlink, and was a file' },
    { path: 'link', problem: 'its mode, owner or target has changed' },
    { path: 'empty', problem: 'this file is missing' },
  ]);
});

test('finds a mode that has changed, and none in a time', () => {
  lutimesSync(join(trees, tree, 'bin'), 5, 5);
  expect(verify().ok).toBe(true);
  chmodSync(join(trees, tree, 'bin'), 0o700);
  expect(problems()).toEqual([{ path: 'bin', problem: 'its mode, owner or target has changed' }]);
});

test('finds a file that was replaced, and does not blame its object', () => {
  rmSync(join(trees, tree, 'bin/hello'));
  writeFileSync(join(trees, tree, 'bin/hello'), 'olleh', { mode: 0o755 });
  expect(verify()).toMatchObject({
    problems: [{ path: 'bin/hello', problem: 'its contents have changed' }],
    damagedObjects: [],
  });
});

test('finds a manifest that is damaged or gone, and a tree that is gone', () => {
  rmSync(join(trees, tree), { recursive: true });
  expect(verify()).toMatchObject({
    ok: false,
    problemCount: 7,
    problems: [{ path: '', problem: 'this directory is missing' }, {}, {}, {}, {}, {}, {}],
  });
  appendFileSync(join(trees, tree, '../manifest'), ' ');
  expect(problems()).toEqual([{ path: '', problem: 'its manifest is not the one that its digest was made from' }]);
  rmSync(join(trees, tree, '../manifest'));
  expect(problems()).toEqual([{ path: '', problem: 'its manifest is missing' }]);
});

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from '../../../store/trees/remove-tree.ts';
import { sweepObjects } from '../../../store/trees/sweep-objects.ts';
import { directory, file, inodesOf } from './generated-tree.ts';
import { makeLayer, publishLayer, temporaryTrees } from './temporary-trees.ts';

const objectCount = (trees: string) => inodesOf(join(trees, 'objects')).length;

test('takes the objects that nothing uses, and only those', () => {
  const trees = temporaryTrees();
  const one = publishLayer(trees, {
    layer: makeLayer(trees, { id: 'l1', node: directory({ a: file('aaa'), b: file('b') }) }),
  });
  const two = publishLayer(trees, {
    layer: makeLayer(trees, { id: 'l2', node: directory({ b: file('b') }) }),
    name: 'two',
  });
  rmSync(join(trees, 'layers/l1'), { recursive: true });
  rmSync(join(trees, 'layers/l2'), { recursive: true });
  expect(sweepObjects({ abandonedBefore: 0 }, trees)).toMatchObject({ objects: 0, sizeBytes: 0, abandoned: 0 });
  removeTree(join(trees, one.tree));
  expect(sweepObjects({ abandonedBefore: 0 }, trees)).toMatchObject({ objects: 1, sizeBytes: 3, abandoned: 0 });
  expect(objectCount(trees)).toBe(1);
  removeTree(join(trees, two.tree));
  expect(sweepObjects({ abandonedBefore: 0 }, trees)).toMatchObject({ objects: 1 });
  expect(objectCount(trees)).toBe(0);
});

test('takes what a killed process left, but not what may still be at work', () => {
  const trees = temporaryTrees();
  mkdirSync(join(trees, 'artifacts/.staging-x/tree/a'), { recursive: true });
  mkdirSync(join(trees, 'layers/.removed-x/a'), { recursive: true });
  writeFileSync(join(trees, 'objects/.new-x'), '');
  expect(sweepObjects({ abandonedBefore: Date.now() - 3600_000 }, trees).abandoned).toBe(0);
  expect(sweepObjects({ abandonedBefore: Date.now() + 3600_000 }, trees).abandoned).toBe(3);
  for (const folder of ['artifacts', 'layers', 'objects']) expect(readdirSync(join(trees, folder))).toEqual([]);
});

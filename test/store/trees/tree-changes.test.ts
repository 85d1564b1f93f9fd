import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { treeChanges } from '../../../store/trees/tree-changes.ts';
import { temporaryTrees } from './temporary-trees.ts';

test('what goes away while a tree that moves is looked at was never there; of any other tree it is an error', () => {
  const trees = temporaryTrees();
  const [before, after] = [join(trees, 'before'), join(trees, 'after')];
  mkdirSync(before);
  const look = (moves: boolean) => {
    mkdirSync(join(after, 'goes/deep'), { recursive: true });
    writeFileSync(join(after, 'stays'), 'x');
    let seen = 0;
    // With the first entry the top has been read, and the next is a directory that was still there.
    const onProgress = (): void => {
      seen += 1;
      if (seen === 2) rmSync(join(after, 'goes'), { recursive: true });
    };
    return treeChanges({ before, after, ...(moves ? { moves } : {}) }, { trees, onProgress });
  };
  expect(look(true).changes.map(({ path }) => path)).toEqual(['goes', 'stays']);
  expect(() => look(false)).toThrow('ENOENT');
});

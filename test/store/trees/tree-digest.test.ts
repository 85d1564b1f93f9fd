import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { treeDigest } from '../../../store/trees/tree-digest.ts';
import { directory, file } from './generated-tree.ts';
import { makeLayer, publishLayer, silent, temporaryTrees } from './temporary-trees.ts';

test('is that of the artifact which a tree becomes, without what an artifact does not keep', () => {
  const trees = temporaryTrees();
  const layer = makeLayer(trees, { id: 'l1', node: directory({ a: file('aa'), z: file('z') }) });
  const pure = treeDigest(join(trees, layer), silent);
  expect(pure).toEqual({ digest: publishLayer(trees, { layer }).digest, entries: 3, files: 2, sizeBytes: 3 });
  execFileSync('mkfifo', [join(trees, layer, 'pipe')]);
  expect(treeDigest(join(trees, layer), silent)).toEqual(pure);
});

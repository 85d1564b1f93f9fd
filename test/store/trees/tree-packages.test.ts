import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { treePackages } from '../../../store/trees/tree-packages.ts';
import { directory, file, symlink } from './generated-tree.ts';
import type { TreeNode } from './generated-tree.ts';
import { makeLayer, publishLayer, temporaryTrees } from './temporary-trees.ts';

const STATUS = 'Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n';
const A = { name: 'a', version: '1', architecture: 'all' };

let trees: string;
beforeEach(() => {
  trees = temporaryTrees();
});

const system = (dpkg: Record<string, TreeNode>, more: Record<string, TreeNode> = {}) =>
  directory({ var: directory({ lib: directory({ dpkg: directory(dpkg) }) }), ...more });
const packagesOf = (node: ReturnType<typeof directory>) =>
  treePackages(join(trees, makeLayer(trees, { id: 'l', node })));

test('[A-170] a system tree is published with its packages, and another tree without', () => {
  const release = directory({ lib: directory({ 'os-release': file('NAME="x"\nID=debian\n') }) });
  const node = system({ status: file(STATUS) }, { usr: release });
  expect(publishLayer(trees, { layer: makeLayer(trees, { id: 'l', node }) }).system).toEqual({
    packages: [A],
    distribution: 'debian',
  });
  const plain = makeLayer(trees, { id: 'plain', node: directory({ f: file('f') }) });
  expect(publishLayer(trees, { layer: plain, name: 'plain' }).system).toBeUndefined();
});

test('no link of the tree is followed, be it a file or on the way', () => {
  const elsewhere = directory({ status: file(STATUS) });
  expect(packagesOf(system({ status: symlink('../real'), real: file(STATUS) }))).toBeUndefined();
  const linked = directory({ var: directory({ lib: symlink('/lib') }), lib: directory({ dpkg: elsewhere }) });
  expect(treePackages(join(trees, makeLayer(trees, { id: 'm', node: linked })))).toBeUndefined();
});

test('what is no file, or longer than any status, is not read', () => {
  const path = join(trees, makeLayer(trees, { id: 'p', node: system({}) }), 'var/lib/dpkg/status');
  execFileSync('mkfifo', [path]);
  expect(treePackages(join(trees, 'layers/p'))).toBeUndefined();
  execFileSync('rm', [path]);
  execFileSync('truncate', ['--size=100G', path]);
  expect(treePackages(join(trees, 'layers/p'))).toBeUndefined();
});

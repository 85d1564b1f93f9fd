import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { linkTree } from '../../../store/trees/link-tree.ts';
import {
  anyTree,
  canonical,
  directory,
  file,
  inodesOf,
  isRoot,
  makeNode,
  readNode,
  symlink,
} from './generated-tree.ts';
import { makeLayer, publishLayer, silent, temporaryTrees } from './temporary-trees.ts';

let trees: string;
const owner = isRoot ? { uid: 7, gid: 8 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const link = (from: string, to: string) => linkTree({ from, to, owner }, { trees, onProgress: silent });

beforeEach(() => {
  trees = temporaryTrees();
});

test('makes the same tree out of the same files', { timeout: 120_000 }, () => {
  let number = 0;
  fc.assert(
    fc.property(anyTree, (node) => {
      const { tree, entries, files, sizeBytes } = publishLayer(trees, {
        layer: makeLayer(trees, { id: `l${++number}`, node }),
      });
      const to = `attempts/a${number}/upper/some/place`;
      mkdirSync(join(trees, `attempts/a${number}/upper`), { recursive: true });
      expect(link(tree, to)).toEqual({ entries, files, sizeBytes });
      expect(canonical(readNode(join(trees, to)))).toBe(canonical(node));
      const sorted = (location: string) => inodesOf(location).toSorted(([one], [other]) => (one < other ? -1 : 1));
      expect(sorted(join(trees, to))).toEqual(sorted(join(trees, tree)));
    }),
  );
});

test('makes the directories on the way with the given owner, and leaves those that are there', () => {
  const { tree } = publishLayer(trees, {
    layer: makeLayer(trees, { id: 'l1', node: directory({ f: file('') }, 0o711) }),
  });
  mkdirSync(join(trees, 'attempts/a/upper'), { recursive: true, mode: 0o700 });
  link(tree, 'attempts/a/upper/x/y');
  expect(lstatSync(join(trees, 'attempts/a/upper/x'))).toMatchObject(owner);
  expect(lstatSync(join(trees, 'attempts/a/upper')).mode & 0o777).toBe(0o700);
  expect(lstatSync(join(trees, 'attempts/a/upper/x/y')).mode & 0o777).toBe(0o711);
  expect(lstatSync(join(trees, 'attempts/a/upper/x/y')).mtimeMs).toBe(1e9);
});

test('does not go through a link, nor over a file', () => {
  const { tree } = publishLayer(trees, { layer: makeLayer(trees, { id: 'l1', node: directory({ f: file('new') }) }) });
  makeNode(join(trees, 'attempts/a'), directory({ upper: directory({ out: symlink('/tmp'), f: file('old') }) }));
  expect(() => link(tree, 'attempts/a/upper/out/x')).toThrow('EEXIST');
  expect(() => link(tree, 'attempts/a/upper')).toThrow('EEXIST');
});

import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { treeChanges } from '../../../store/trees/tree-changes.ts';
import type { EntryLook, TreeChanges } from '../../../store/trees/tree-changes.ts';
import { anyTree, directory, file, makeNode } from './generated-tree.ts';
import type { TreeNode } from './generated-tree.ts';
import { silent, temporaryTrees } from './temporary-trees.ts';

interface Entry {
  readonly look: Omit<EntryLook, 'sizeBytes'>;
  readonly contents: string;
}

/** Every entry of a tree by its path. */
function entriesOf(node: TreeNode, path = ''): Map<string, Entry> {
  const { type, uid, gid } = node;
  const entry: Entry = {
    look: {
      type,
      uid,
      gid,
      mode: type === 'symlink' ? 0o777 : node.mode,
      target: type === 'symlink' ? node.target : '',
    },
    contents: type === 'file' ? node.contents : '',
  };
  const children = type === 'directory' ? Object.entries(node.children) : [];
  return new Map([
    [path, entry] as const,
    ...children.flatMap(([name, child]) => [...entriesOf(child, path === '' ? name : `${path}/${name}`)]),
  ]);
}

/** What `before` becomes when the changes are made, whose new contents are those of `after`. */
function applied(before: Map<string, Entry>, { changes }: TreeChanges, after: Map<string, Entry>): Map<string, Entry> {
  const made = new Map(before);
  for (const change of changes) {
    if (change.type === 'removed') {
      made.delete(change.path);
      continue;
    }
    const { sizeBytes: _, ...look } = change.after;
    const isNew = change.type === 'added' || change.differs.includes('contents') || change.differs.includes('type');
    const contents = isNew ? after.get(change.path)?.contents : before.get(change.path)?.contents;
    made.set(change.path, { look, contents: contents ?? 'no such file' });
  }
  return made;
}

const sorted = (entries: Map<string, Entry>): [string, Entry][] =>
  [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1));

const anyPair = fc.tuple(anyTree, anyTree);

test('what is said to have changed, done to what was before, gives what is after', () => {
  fc.assert(
    fc.property(anyPair, ([old, now]) => {
      const trees = temporaryTrees();
      makeNode(join(trees, 'layers/old'), old);
      makeNode(join(trees, 'layers/now'), now);
      const job = { before: join(trees, 'layers/old'), after: join(trees, 'layers/now') };
      const found = treeChanges(job, { trees, onProgress: silent });
      const [before, after] = [entriesOf(old), entriesOf(now)];
      expect(sorted(applied(before, found, after))).toEqual(sorted(after));
      // And nothing is told that is not so.
      const unchanged = found.changes.filter(({ path, type }) =>
        type === 'changed' ? JSON.stringify(before.get(path)) === JSON.stringify(after.get(path)) : false,
      );
      expect(unchanged).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a layer that holds what changed leads to the same as looking at everything', () => {
  fc.assert(
    fc.property(anyPair, ([old, now]) => {
      const trees = temporaryTrees();
      makeNode(join(trees, 'layers/old'), old);
      makeNode(join(trees, 'layers/now'), now);
      const job = { before: join(trees, 'layers/old'), after: join(trees, 'layers/now') };
      const whole = treeChanges(job, { trees, onProgress: silent });
      const layer = layerWith(whole.changes.map(({ path }) => path));
      makeNode(join(trees, 'layers/top'), layer);
      const guided = treeChanges({ ...job, layer: 'layers/top' }, { trees, onProgress: silent });
      expect(guided).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});

test('a path leaves nothing but what is there and below', () => {
  fc.assert(
    fc.property(anyPair, fc.nat(), ([old, now], choice) => {
      const trees = temporaryTrees();
      makeNode(join(trees, 'layers/old'), old);
      makeNode(join(trees, 'layers/now'), now);
      const job = { before: join(trees, 'layers/old'), after: join(trees, 'layers/now') };
      const whole = treeChanges(job, { trees, onProgress: silent });
      const paths = whole.changes.map((change) => change.path);
      const path = paths[choice % Math.max(1, paths.length)] ?? '';
      const { changes } = treeChanges({ ...job, path }, { trees, onProgress: silent });
      expect(changes).toEqual(
        whole.changes.filter((change) => path === '' || change.path === path || change.path.startsWith(`${path}/`)),
      );
    }),
    { numRuns: 60 },
  );
});

/** A layer of overlayfs as far as it leads: the directories on the way to each path, and something at its end. */
function layerWith(paths: readonly string[]): TreeNode {
  const children: Record<string, TreeNode> = {};
  const owned = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  for (const path of paths.filter((each) => each !== '')) {
    let at = children;
    for (const name of path.split('/')) {
      const there = (at[name] ??= { type: 'directory', children: {}, mode: 0o755, ...owned });
      if (there.type !== 'directory') break;
      at = there.children;
    }
  }
  return { type: 'directory', children, mode: 0o755, ...owned };
}

test('a file of the same size, time and place with other bytes has changed', () => {
  const trees = temporaryTrees();
  const tree = (contents: string): TreeNode => directory({ same: file(contents) });
  makeNode(join(trees, 'layers/old'), tree('one'));
  makeNode(join(trees, 'layers/now'), tree('two'));
  const job = { before: join(trees, 'layers/old'), after: join(trees, 'layers/now') };
  const { changes } = treeChanges(job, { trees, onProgress: silent });
  expect(changes.map(({ path, type }) => `${type} ${path}`)).toEqual(['changed same']);
});

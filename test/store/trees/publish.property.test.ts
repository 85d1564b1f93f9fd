import { join } from 'node:path';
import { readFileSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hash } from 'node:crypto';
import { manifestText, parseManifest } from '../../../store/trees/manifest.ts';
import { treeDigest } from '../../../store/trees/tree-digest.ts';
import { walkTree } from '../../../store/trees/walk-tree.ts';
import { anyTree, canonical, directory, inodesOf, isRoot, readNode } from './generated-tree.ts';
import type { DirectoryNode } from './generated-tree.ts';
import { makeLayer, publishLayer, silent, temporaryTrees } from './temporary-trees.ts';

/** Gives `check` a fresh `trees`. */
function inTrees<Result>(check: (trees: string) => Result): Result {
  const trees = temporaryTrees();
  try {
    return check(trees);
  } finally {
    rmSync(trees, { recursive: true, force: true });
  }
}

const digestOf = (trees: string, id: string, node: DirectoryNode) =>
  treeDigest(join(trees, makeLayer(trees, { id, node })), silent).digest;

test('what is published is what was there', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(anyTree, (node) =>
      inTrees((trees) => {
        const { tree, digest } = publishLayer(trees, { layer: makeLayer(trees, { id: 'l1', node }) });
        expect(canonical(readNode(join(trees, tree)))).toBe(canonical(node));
        expect(treeDigest(join(trees, tree), silent).digest).toBe(digest);
      }),
    ),
  );
});

test('digests are equal exactly when the trees are', { timeout: 120_000 }, () => {
  // A tree against another, against itself, with more in it, and with one attribute changed.
  const more = fc
    .tuple(anyTree, anyTree)
    .map(([one, other]): [DirectoryNode, DirectoryNode] => [
      one,
      { ...one, children: { ...one.children, ...other.children } },
    ]);
  const attribute = fc.constantFrom<Partial<DirectoryNode>>(
    { mode: 0o710 },
    ...(isRoot ? [{ uid: 7 }, { gid: 7 }] : []),
  );
  const retouched = fc.tuple(anyTree, attribute).map(([tree, change]): [DirectoryNode, DirectoryNode] => {
    return [directory({ it: tree }), directory({ it: { ...tree, ...change } })];
  });
  const same = anyTree.map((tree): [DirectoryNode, DirectoryNode] => [tree, tree]);
  fc.assert(
    fc.property(fc.oneof(fc.tuple(anyTree, anyTree), same, more, retouched), ([one, other]) =>
      inTrees((trees) => {
        const equal = digestOf(trees, 'one', one) === digestOf(trees, 'other', other);
        expect(equal).toBe(canonical(one) === canonical(other));
      }),
    ),
  );
});

test('no two files share an inode, whatever is published in whatever order', { timeout: 120_000 }, () => {
  const same = fc.constantFrom('a', 'b', 'c');
  fc.assert(
    fc.property(anyTree, fc.array(same, { minLength: 1, maxLength: 6 }), (node, order) =>
      inTrees((trees) => {
        // The tree three times: contents that recur, in directories that can be published alone.
        const layer = makeLayer(trees, {
          id: 'l1',
          node: directory({ a: node, b: node, c: directory({ d: node, e: node }) }),
        });
        const published = order.map((directory) => publishLayer(trees, { layer, directory, name: directory }));
        published.push(publishLayer(trees, { layer }));
        for (const { tree, files } of published) {
          expect(new Set(inodesOf(join(trees, tree)).map(([, inode]) => inode)).size).toBe(files);
        }
        const objects = inodesOf(join(trees, 'objects'));
        expect(new Set(objects.map(([, inode]) => inode)).size).toBe(objects.length);
      }),
    ),
  );
});

test('a manifest is read as it was written, and hashes to the digest', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(anyTree, (node) =>
      inTrees((trees) => {
        const root = join(trees, makeLayer(trees, { id: 'l1', node }));
        publishLayer(trees, { layer: 'layers/l1' });
        const { digest, entries } = treeDigest(root, silent);
        const manifest = readFileSync(join(trees, 'artifacts/it', digest, 'manifest'), 'latin1');
        expect(hash('sha256', Buffer.from(manifest, 'latin1'))).toBe(digest);
        const lines = parseManifest(manifest);
        expect(lines).toHaveLength(entries);
        expect(manifestText(lines)).toBe(manifest);
      }),
    ),
  );
});

test('a walk sees every path once, in the order of its bytes with / as the smallest', { timeout: 120_000 }, () => {
  const pathsOf = (node: DirectoryNode, prefix = ''): string[] =>
    Object.entries(node.children).flatMap(([name, child]) => [
      prefix + name,
      ...(child.type === 'directory' ? pathsOf(child, `${prefix}${name}/`) : []),
    ]);
  fc.assert(
    fc.property(anyTree, (node) =>
      inTrees((trees) => {
        const walked = [...walkTree(join(trees, makeLayer(trees, { id: 'l1', node })))].map((entry) => entry.path);
        const key = (path: string) => Buffer.from(path.replaceAll('/', '\0'), 'latin1');
        expect(walked).toEqual(['', ...pathsOf(node).toSorted((one, other) => Buffer.compare(key(one), key(other)))]);
      }),
    ),
  );
});

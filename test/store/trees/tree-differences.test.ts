import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { firstDifference } from '../../../store/trees/contents-difference.ts';
import { firstDiffering } from '../../../store/trees/first-differing.ts';
import { treeDifferences } from '../../../store/trees/tree-differences.ts';
import type { TreeDifferences } from '../../../store/trees/tree-differences.ts';
import { directory, file, makeNode, symlink } from './generated-tree.ts';
import type { TreeNode } from './generated-tree.ts';
import { makeLayer, silent, temporaryTrees } from './temporary-trees.ts';

const builds = { from: 0, to: 1, processors: [2, 1] };

function differences(one: TreeNode, other: TreeNode, seconds: readonly [number, number] = [1, 1]): TreeDifferences {
  const trees = temporaryTrees();
  makeNode(join(trees, 'layers/one'), one, seconds[0]);
  makeNode(join(trees, 'layers/other'), other, seconds[1]);
  return treeDifferences(
    { before: join(trees, 'layers/one'), after: join(trees, 'layers/other'), builds },
    { trees, onProgress: silent },
  );
}

describe('how two trees of one build differ', () => {
  test('of a file whose contents differ, says why and where', () => {
    const { changes } = differences(
      directory({ notes: file('one\nat 21:41:22\n') }),
      directory({ notes: file('one\nat 21:41:25\n') }),
    );
    expect(changes).toMatchObject([
      {
        path: 'notes',
        differs: ['contents'],
        contents: {
          causes: ['time'],
          isLookedInto: true,
          offset: 14,
          line: { number: 2, before: 'at 21:41:22', after: 'at 21:41:25' },
        },
      },
    ]);
  });

  test('counts times apart: they are no change', () => {
    const tree = directory({ a: file('a'), b: directory({ c: symlink('a') }) });
    expect(differences(tree, tree)).toMatchObject({ changes: [], compared: 4, timesDiffer: 0, timesOf: [] });
    expect(differences(tree, tree, [1, 3])).toMatchObject({
      changes: [],
      compared: 4,
      timesDiffer: 4,
      timesOf: ['', 'a', 'b', 'b/c'],
    });
  });

  test('shows of a long line what is around the place, and of other bytes none', () => {
    const long = (end: string) => directory({ f: file(`${'x'.repeat(5000)}${end}`) });
    const { changes } = differences(long('red'), long('blue'));
    expect(changes[0]?.contents?.line?.before).toMatch(/^x{1,80}red$/);
    const binary = differences(directory({ f: file('\0one') }), directory({ f: file('\0two') }));
    expect(binary.changes[0]?.contents).toMatchObject({ offset: 1, causes: [] });
    expect(binary.changes[0]?.contents).not.toHaveProperty('line');
    const noise = differences(directory({ f: file('\xff\xfeone') }), directory({ f: file('\xff\xfetwo') }));
    expect(noise.changes[0]?.contents).not.toHaveProperty('line');
  });

  test('a file that is too long is not looked into, but where it differs is told', () => {
    const long = (end: string) => directory({ f: file(`first ${end}\n${'y'.repeat(5 * 1024 * 1024)}`) });
    expect(differences(long('21:41:22'), long('21:41:25')).changes[0]?.contents).toMatchObject({
      causes: [],
      isLookedInto: false,
      line: { number: 1 },
    });
  });
});

test('where two contents begin to differ', () => {
  const at = (one: string, other: string) => firstDifference(Buffer.from(one), Buffer.from(other));
  expect(at('abc', 'abd')).toBe(2);
  expect(at('xbc', 'abc')).toBe(0);
  expect(at('ab', 'abc')).toBe(2);
  expect(at('', 'abc')).toBe(0);
});

test('the first pair of layers that differs is found, times aside', () => {
  const trees = temporaryTrees();
  const layer = (id: string, contents: string) =>
    makeLayer(trees, { id, node: directory({ d: directory({ f: file(contents) }) }) });
  const pairs = [
    { before: layer('1a', 'same'), after: layer('1b', 'same') },
    { before: layer('2a', 'red'), after: layer('2b', 'blue') },
    { before: layer('3a', 'one'), after: layer('3b', 'two') },
  ];
  expect(firstDiffering({ pairs }, { trees, onProgress: silent })).toEqual({ index: 1, path: 'd/f' });
  expect(firstDiffering({ pairs: pairs.slice(0, 1) }, { trees, onProgress: silent })).toEqual({});
});

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { removeTree } from '../../../store/trees/remove-tree.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { anyTree, directory, file, makeNode, symlink } from './generated-tree.ts';

test('removes whatever a tree can hold', { timeout: 60_000 }, () => {
  const parent = temporaryDirectory();
  fc.assert(
    fc.property(anyTree, (node) => {
      makeNode(join(parent, 'tree'), node);
      removeTree(join(parent, 'tree'));
      expect(readdirSync(parent)).toEqual([]);
    }),
  );
});

test('does not follow links out of the tree, nor when the tree is one', () => {
  const parent = temporaryDirectory();
  makeNode(join(parent, 'outside'), directory({ precious: file('') }));
  makeNode(join(parent, 'tree'), directory({ link: symlink(join(parent, 'outside')) }));
  makeNode(join(parent, 'link'), symlink(join(parent, 'outside')));
  removeTree(join(parent, 'tree'));
  removeTree(join(parent, 'link'));
  expect(readdirSync(parent)).toEqual(['outside']);
  expect(readdirSync(join(parent, 'outside'))).toEqual(['precious']);
});

test('removes FIFOs, and directories that nobody may enter', () => {
  const parent = temporaryDirectory();
  mkdirSync(join(parent, 'tree/closed/inner'), { recursive: true });
  execFileSync('mkfifo', [join(parent, 'tree/closed/inner/pipe')]);
  chmodSync(join(parent, 'tree/closed/inner'), 0);
  chmodSync(join(parent, 'tree/closed'), 0);
  removeTree(join(parent, 'tree'));
  expect(readdirSync(parent)).toEqual([]);
});

test('removes directories deeper than a path can reach', { timeout: 60_000 }, () => {
  const parent = temporaryDirectory();
  const script =
    'mkdir "$0"; cd "$0"; n=$(printf %0200d 0); i=0; while [ $i -lt 70 ]; do mkdir $n other; : > file; cd -P $n; i=$((i+1)); done';
  execFileSync('sh', ['-c', script, join(parent, 'tree')]);
  removeTree(join(parent, 'tree'));
  expect(readdirSync(parent)).toEqual([]);
});

test('removes also what somebody lays in a directory while it is removed', async () => {
  const parent = temporaryDirectory();
  const tree = join(parent, 'tree');
  for (let round = 0; round < 5; round++) {
    mkdirSync(tree);
    // It has found the directory before, and goes on there under whatever name.
    const script = 'i=0; while [ $i -lt 300 ] && { : > $i; } 2> /dev/null; do i=$((i + 1)); done';
    const other = spawn('/bin/sh', ['-c', script], { cwd: tree });
    const ended = once(other, 'exit');
    while (readdirSync(tree).length === 0) await wait(1);
    removeTree(tree);
    await ended;
    expect(readdirSync(parent)).toEqual([]);
  }
});

test('is content when there is nothing', () => {
  const parent = temporaryDirectory();
  removeTree(join(parent, 'tree'));
  expect(existsSync(join(parent, 'tree'))).toBe(false);
});

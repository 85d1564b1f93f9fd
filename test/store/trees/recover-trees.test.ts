import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { recoverTrees } from '../../../store/trees/recover-trees.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

test('what was half done at a power cut is removed; what has changed since is left alone', async () => {
  const trees = temporaryDirectory();
  const make = (...paths: string[]): void => {
    for (const path of paths) {
      mkdirSync(join(trees, path), { recursive: true });
      writeFileSync(join(trees, path, 'file'), '');
    }
  };
  make('attempts/ended/upper', 'attempts/ended/root-work', 'attempts/failed/upper');
  make('artifacts/.staging-old', 'layers/kept', 'layers/.new-lost');
  writeFileSync(join(trees, 'attempts/ended/log'), 'said');
  writeFileSync(join(trees, 'attempts/ended/exit'), 'ended');
  await wait(150);
  const seenAt = Date.now();
  make('attempts/begun/upper', 'artifacts/.staging-new', 'layers/.new-mine');
  const job = {
    flushedAt: 0,
    seenAt,
    layers: ['kept'],
    attempts: ['ended', 'begun', 'failed'],
    failedAttempts: ['failed'],
    artifacts: [],
  };
  recoverTrees(job, { trees, onProgress: () => undefined });
  const isThere = (path: string): boolean => existsSync(join(trees, path));
  const left = ['attempts/ended/log', 'attempts/ended/exit', 'attempts/failed/upper/file', 'layers/kept'];
  const ofOthers = ['attempts/begun/upper/file', 'artifacts/.staging-new', 'layers/.new-mine'];
  expect([...left, ...ofOthers].filter((path) => !isThere(path))).toEqual([]);
  const gone = ['attempts/ended/upper', 'attempts/ended/root-work', 'artifacts/.staging-old', 'layers/.new-lost'];
  expect(gone.filter(isThere)).toEqual([]);
});

test('what another process is removing is left to it', async () => {
  const trees = temporaryDirectory();
  mkdirSync(join(trees, 'attempts/ended/upper'), { recursive: true });
  await wait(150);
  const seenAt = Date.now();
  renameSync(join(trees, 'attempts/ended'), join(trees, 'attempts/.removed-by-another'));
  const job = { flushedAt: 0, seenAt, layers: [], attempts: [], failedAttempts: [], artifacts: [] };
  recoverTrees(job, { trees, onProgress: () => undefined });
  expect(existsSync(join(trees, 'attempts/.removed-by-another/upper'))).toBe(true);
});

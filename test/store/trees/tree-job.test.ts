import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { doTreeJob } from '../../../store/trees/tree-job.ts';
import type { TreeJob } from '../../../store/trees/tree-job.ts';
import { directory } from './generated-tree.ts';
import { makeLayer, silent, temporaryTrees } from './temporary-trees.ts';

const outside = [
  '',
  '.',
  '..',
  'layers',
  '/etc/passwd',
  '../x',
  'layers/..',
  'layers/../../x',
  'layers/./x',
  'layers//x',
  'layers/',
];
const owner = { uid: 0, gid: 0 };

/** Each job that names a path in the trees, with that path. */
const jobsAt = (path: string): TreeJob[] => [
  { type: 'publish', merged: '/', layers: [path], name: 'it' },
  { type: 'link-tree', from: path, to: 'attempts/x', owner },
  { type: 'link-tree', from: 'layers/l1', to: path, owner },
  { type: 'flatten', merged: '/x', layers: [path], to: 'layers/l2' },
  { type: 'flatten', merged: '/x', layers: ['layers/l1'], to: path },
  { type: 'verify', tree: path, digest: '' },
  { type: 'digest', tree: path },
  { type: 'remove', path },
  { type: 'check-archive', archive: path, maxSizeBytes: 1, maxMembers: 1 },
];

describe('doTreeJob', () => {
  test.each(outside)('does nothing at %j', (path) => {
    const trees = temporaryTrees();
    makeLayer(trees, { id: 'l1', node: directory({}) });
    const before = readdirSync(join(trees, '..'), { recursive: true });
    for (const job of jobsAt(path)) {
      expect(() => doTreeJob(job, { trees, onProgress: silent })).toThrow('is not a path inside the trees');
    }
    expect(readdirSync(join(trees, '..'), { recursive: true })).toEqual(before);
  });

  test('takes no name for an artifact that is a path', () => {
    const job: TreeJob = { type: 'publish', merged: '/', layers: [], name: '../x' };
    expect(() => doTreeJob(job, { trees: temporaryTrees(), onProgress: silent })).toThrow('not a name for an artifact');
  });
});

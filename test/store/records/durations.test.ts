import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';

let directory: string;
let store: Store;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-durations-'));
  store = openStore(directory);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const run = (id: string, createdAt: number, source: string | null): void =>
  store.createRun({
    id,
    createdAt,
    specName: 'b',
    specText: '',
    specDigest: '',
    spec: {},
    projects: ['p'],
    options: {},
    source,
  });
const attempt = (
  of: string,
  step: string,
  { took, type, number = 1 }: { took: number; type: string; number?: number },
): void => {
  const id = `${of}-${step}-${number}`;
  store.beginAttempt({
    id,
    run: of,
    project: 'p',
    step,
    number,
    machineAttempt: number,
    keeper: 'k',
    bootId: 'b',
    startedAt: 1000 * number,
  });
  store.endAttempt(id, { endedAt: 1000 * number + took, outcome: { type }, result: null });
};

test('a step is said to take what it took when it last succeeded, in a run of the same file before', () => {
  run('old', 1, '/a.yaml');
  attempt('old', 's1', { took: 70, type: 'succeeded' });
  attempt('old', 's2', { took: 80, type: 'succeeded' });
  run('failed', 2, '/a.yaml');
  attempt('failed', 's1', { took: 5, type: 'failed' });
  attempt('failed', 's1', { took: 90, type: 'succeeded', number: 2 });
  run('other', 3, '/b.yaml');
  attempt('other', 's2', { took: 1, type: 'succeeded' });
  run('now', 4, '/a.yaml');
  attempt('now', 's1', { took: 2, type: 'succeeded' });
  expect(store.lastDurations('now').toSorted((a, b) => a.step.localeCompare(b.step))).toEqual([
    { project: 'p', step: 's1', durationMs: 90 },
    { project: 'p', step: 's2', durationMs: 80 },
  ]);
});

test('of what is of no file nothing is known', () => {
  run('old', 1, null);
  attempt('old', 's1', { took: 70, type: 'succeeded' });
  run('now', 2, null);
  expect(store.lastDurations('now')).toEqual([]);
});

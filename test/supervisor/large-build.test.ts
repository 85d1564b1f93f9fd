import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import type { NewEvent } from '../../supervisor/build-event.ts';
import { recordCurrentRun } from '../../supervisor/record-current-run.ts';
import { RunEvents } from '../../supervisor/run-events.ts';
import { settleProjects } from '../../supervisor/settle-projects.ts';
import { SkippedProjects } from '../../supervisor/skipped-projects.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { recordBuild } from './assess/record-build.ts';
import { actions, currentOf, largeSpec, newRunOf } from './large-spec.ts';

const COUNT = 1000;
const CHILD = join(import.meta.dirname, 'begin-in-child.ts');

let directory: string;
let store: Store;
let ids: number;

beforeEach(() => {
  directory = temporaryDirectory();
  store = openStore(directory);
  ids = 0;
});
afterEach(() => store.close());

const built = (count: number): ReturnType<typeof largeSpec> => {
  const projects = largeSpec(count);
  store.transaction(() => recordBuild(store, { run: 'r1', projects, made: { digest: 'aa' } }));
  return projects;
};
const place = () => ({ store, actions, bootId: 'boot', now: () => 5, hostNow: () => 5, newId: () => `n${(ids += 1)}` });
const recording = () => ({ ...place(), sandbox: { syncFileSystems: () => Promise.resolve() } as never });
const signal = new AbortController().signal;
const statesOf = (run: string): ReadonlyMap<string, string> =>
  new Map(store.getProjects(run).map(({ name, state }) => [name, state]));

/** How often all else in this process has had its turn meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

test('[A-276] a program has its thread back while 1,000 projects are assessed, and again while they are settled', async () => {
  const projects = built(COUNT);
  let current: Awaited<ReturnType<typeof currentOf>> = [];
  expect(await turnsDuring(async () => (current = await currentOf(projects, store)))).toBeGreaterThan(2);
  expect(current).toHaveLength(COUNT);
  store.createRun(newRunOf('r2', projects));
  const settling = async () => await settleProjects(current, { ...place(), run: 'r2', projects, signal });
  expect(await turnsDuring(settling)).toBeGreaterThan(2);
  expect(new Set(statesOf('r2').values())).toEqual(new Set(['built']));
  expect(store.listAttempts('r2')).toHaveLength(3 * COUNT);
}, 120_000);

test('[A-276] the first of many skipped projects are recorded at once, and a program has its thread back before the last', async () => {
  const projects = Array.from({ length: 20_000 }, (_, n) => `p${n}`);
  store.createRun({ ...newRunOf('r1', []), projects });
  const events = new RunEvents({ run: 'r1', store, now: () => 5 });
  const broken: unknown[] = [];
  const skipped = new SkippedProjects({}, { events, breakWith: (error) => broken.push(error) });
  const recorded = (): readonly NewEvent[] => store.eventsSince('r1', 0).map(({ event }) => event as NewEvent);
  skipped.note(Object.fromEntries(projects.map((name) => [name, { end: 'skipped', because: 'p' } as const])));
  const first = recorded().length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(projects.length);
  expect(await turnsDuring(async () => await skipped.recorded())).toBeGreaterThan(2);
  expect(recorded()).toEqual(
    projects.map((project) => ({ type: 'project-ended', project, result: 'skipped', durationMs: 0, because: 'p' })),
  );
  expect(broken).toEqual([]);
}, 120_000);

describe('what is gone since the projects were assessed', () => {
  test('leaves its project and those that need it to their machines, and the others are settled', async () => {
    const projects = built(6);
    const current = await currentOf(projects, store);
    store.forgetKey('r1-p3-2-create-artifact');
    store.createRun(newRunOf('r2', projects));
    await settleProjects(current, { ...place(), run: 'r2', projects, signal });
    expect(Object.fromEntries(statesOf('r2'))).toEqual({
      ...{ p0: 'built', p1: 'built', p2: 'built' },
      ...{ p3: 'pending', p4: 'pending', p5: 'pending' },
    });
    expect(store.listAttempts('r2').map(({ project }) => project)).not.toContain('p3');
  });

  test.for(['a result', 'an artifact'])(
    'by whomever, has no run recorded as up to date that would rest on %s',
    async (what) => {
      const projects = built(6);
      const mark = store.stateMark();
      const assessed = await currentOf(projects, store);
      if (what === 'a result') store.forgetKey('r1-p3-1-empty-workspace');
      else {
        const other = openStore(directory);
        other.dropArtifactVersion({ name: 'a3', version: 1 }, { removedAt: 4 });
        other.close();
      }
      const current = { record: newRunOf('r2', projects), projects, assessed, mark, trusted: [] };
      expect(await recordCurrentRun(current, recording())).toBeUndefined();
      expect(store.getRun('r2')).toBeUndefined();
    },
  );
});

test('an artifact whose newest version is another by now becomes the newest once more, with the others of the run as they are', async () => {
  const projects = built(6);
  const mark = store.stateMark();
  const assessed = await currentOf(projects, store);
  const other = { entries: 1, files: 1, sizeBytes: 1, createdAt: 4, madeBy: null, bootId: 'boot' };
  store.recordArtifactVersion({ name: 'a5', digest: 'bb', ...other });
  const current = { record: newRunOf('r2', projects), projects, assessed, mark, trusted: [] };
  const begin = await recordCurrentRun(current, recording());
  expect(await begin?.().result).toBe('built');
  expect(store.findArtifact('a5')).toMatchObject({ version: 3, digest: 'aa' });
  expect(store.findArtifact('a4')).toMatchObject({ version: 1, digest: 'aa' });
  expect(store.listAttempts('r2')).toHaveLength(3 * projects.length);
  expect(store.artifactsUsedBy('r2').filter(({ name }) => name === 'a5')).toEqual([{ name: 'a5', version: 3 }]);
});

describe('[A-276] a process that is killed with -9 as it begins a run of 1,000 projects that are up to date', () => {
  const killed = (how: 'settle' | 'record', nth: number): void => {
    const child = spawnSync(process.execPath, [CHILD, directory, String(COUNT), how, String(nth)], {
      encoding: 'utf8',
    });
    expect({ signal: child.signal, stderr: child.stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
  };

  test('leaves nothing of one that would be recorded at once', () => {
    built(COUNT);
    store.close();
    killed('record', 3 * COUNT);
    store = openStore(directory);
    expect(store.listRuns().map(({ id }) => id)).toEqual(['r1']);
  }, 120_000);

  test('leaves each project settled with all its steps, or not begun', () => {
    built(COUNT);
    store.close();
    killed('settle', 3 * COUNT - 1);
    store = openStore(directory);
    const steps = Map.groupBy(store.listAttempts('r2'), ({ project }) => project);
    const states = [...statesOf('r2')].map(([name, state]) => `${state} ${steps.get(name)?.length ?? 0}`);
    expect(new Set(states)).toEqual(new Set(['built 3', 'pending 0']));
  }, 120_000);
});

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../store/open-store.ts';
import { openStore } from '../../store/open-store.ts';
import { RunEvents } from '../../supervisor/run-events.ts';
import { ToldProgress } from '../../supervisor/told-progress.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import type { BuildEvent, NewEvent } from '../../supervisor/build-event.ts';

let directory: string;
let store: Store;
let supervisor: Supervisor;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-follow-'));
  store = openStore(directory);
  supervisor = createSupervisor({ store: directory });
  store.createRun({
    id: 'r1',
    createdAt: 1,
    specName: 'build.yaml',
    specText: '',
    specDigest: '',
    spec: { projects: [] },
    projects: [],
    options: {},
  });
});
afterEach(async () => {
  await supervisor.close();
  store.close();
  rmSync(directory, { recursive: true });
});

const started = { type: 'project-started', project: 'a' } satisfies NewEvent;
const record = (event: NewEvent): number => store.appendEvent('r1', { at: Date.now(), event });

test('what another process records is heard of within 100 ms, and all of it once', async () => {
  record(started);
  const heard: { event: BuildEvent; after: number }[] = [];
  const following = (async () => {
    for await (const events of supervisor.follow('r1')) {
      for (const event of events) heard.push({ event, after: Date.now() - event.at });
    }
  })();
  for (let n = 0; n < 20; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 17));
    record(started);
  }
  store.transaction(() => {
    store.endRun('r1', { endedAt: 2, result: 'built' });
    record({ type: 'run-ended', result: 'built', durationMs: 1 });
  });
  await following;
  expect(heard.map(({ event }) => ('seq' in event ? event.seq : 0))).toEqual(
    Array.from({ length: 22 }, (_, index) => index + 1),
  );
  const times = heard
    .slice(1)
    .map(({ after }) => after)
    .toSorted((a, b) => a - b);
  expect(times[Math.floor(times.length / 2)]).toBeLessThan(100);
});

test('a run that has ended is told at once, from where one has had it', async () => {
  record(started);
  record({ type: 'run-ended', result: 'built', durationMs: 1 });
  store.endRun('r1', { endedAt: 2, result: 'built' });
  const bunches: (readonly BuildEvent[])[] = [];
  for await (const events of supervisor.follow('r1', { afterSeq: 1 })) bunches.push(events);
  for await (const events of supervisor.follow('r1', { afterSeq: 2 })) bunches.push(events);
  expect(bunches.map((events) => events.map(({ type }) => type))).toEqual([['run-ended'], []]);
});

test('who follows stops when he says so', async () => {
  const stop = new AbortController();
  let bunches = 0;
  for await (const _ of supervisor.follow('r1', { signal: stop.signal })) {
    bunches += 1;
    stop.abort();
  }
  expect(bunches).toBe(1);
});

test('[A-139] who follows hears how far a step is that another process builds, and nothing of it is kept', async () => {
  record(started);
  const told = new ToldProgress(store.paths, 'r1');
  const events = new RunEvents({ run: 'r1', store, now: Date.now, told });
  const leave = new AbortController();
  const heard: (number | undefined)[] = [];
  const following = (async () => {
    for await (const bunch of supervisor.follow('r1', { signal: leave.signal })) {
      for (const event of bunch) if (event.type === 'step-progress') heard.push(event.done);
      if (heard.at(-1) === 30) leave.abort();
    }
  })();
  const step = { project: 'a', step: '1-x' } as const;
  for (let done = 1; done <= 30; done += 1) {
    events.tell({ type: 'step-progress', ...step, label: 'unpacking', done, total: 30 });
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  await following;
  // Now and then is enough; what is told is in order.
  expect(heard.length).toBeGreaterThan(1);
  expect(heard.length).toBeLessThan(8);
  expect(heard).toEqual(heard.toSorted((a, b) => Number(a) - Number(b)));
  expect(store.eventsSince('r1', 0)).toHaveLength(1);
  events.end();
  expect(readdirSync(store.paths.runs)).toEqual([]);
});

test('progress that a disk does not take, or that is torn, hinders nobody', async () => {
  record(started);
  const told = new ToldProgress(store.paths, 'r1');
  mkdirSync(join(store.paths.runs, 'r1.progress.new'));
  told.note({ type: 'step-progress', run: 'r1', at: 1, project: 'a', step: '1-x', label: 'unpacking' });
  writeFileSync(join(store.paths.runs, 'r1.progress'), '[{"type":"step-pro');
  record({ type: 'run-ended', result: 'built', durationMs: 1 });
  store.endRun('r1', { endedAt: 2, result: 'built' });
  const heard: string[] = [];
  for await (const bunch of supervisor.follow('r1')) heard.push(...bunch.map(({ type }) => type));
  expect(heard).toEqual(['project-started', 'run-ended']);
  told.end();
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Store } from '../../store/open-store.ts';
import { openStore } from '../../store/open-store.ts';
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

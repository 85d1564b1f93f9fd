import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { BuildOptions } from '../../supervisor/supervisor.ts';
import { killedAt, pidsOf } from './killed-build.ts';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());
beforeEach(() => {
  if (lacking !== '') return;
  rmSync(join(store.work, 'source'), { recursive: true, force: true });
  mkdirSync(join(store.work, 'source'));
  writeFileSync(join(store.work, 'source/file'), 'first\n');
});

const copy = { action: 'copy-source', path: 'source' };
const first = shell('echo ran >> first; echo first');
const slow = (seconds: number, word = 'ran'): object => shell(`echo begun; echo ${word} >> second; sleep ${seconds}`);
const last = shell('cat file first second');

const logOf = (run: string, step: string): string => {
  try {
    return readFileSync(store.supervisor.logFile({ run, project: 'p', step }), 'utf8');
  } catch {
    return '';
  }
};

/** A build of these steps that was killed as the slow one, the fourth, ran. */
const cutOff = (steps: readonly object[]): Promise<string> =>
  killedAt(store, {
    projects: [project('p', steps)],
    step: '4-shell',
    meanwhile: (run) => vi.waitFor(() => expect(logOf(run, '4')).toBe('begun\n'), { interval: 5 }),
  });

async function build(
  projects: readonly object[],
  options: BuildOptions = {},
): Promise<{ id: string; events: readonly BuildEvent[] }> {
  const text = JSON.stringify({ projects });
  const run = await store.supervisor.build({ text, fileName: join(store.work, 'build.yaml') }, options);
  expect(await run.result).toBe('built');
  return { id: run.id, events: store.supervisor.events(run.id) };
}

/** What became of each step that was not simply run. */
const said = (events: readonly BuildEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.type === 'step-dropped') return [`${event.step} dropped: ${event.because}`];
    if (event.type === 'step-reused') return [`${event.step} reused`];
    return event.type === 'step-adopted' ? [`${event.step} adopted`] : [];
  });

describe.skipIf(lacking !== '')('a new build of a file whose last build was cut off', () => {
  const steps = [onTiny, copy, first, slow(2), last];

  test('[A-37] takes over what was finished and what still runs, when nothing has changed', async () => {
    const before = await cutOff(steps);
    const { id, events } = await build([project('p', steps)]);
    expect(said(events)).toEqual([
      '1-create-systree reused',
      '2-copy-source reused',
      '3-shell reused',
      '4-shell adopted',
    ]);
    const ranIn = async (step: string): Promise<string> =>
      (await store.supervisor.receipt({ run: id, project: 'p', step })).attempt.run;
    expect(await ranIn('3-shell')).toBe(before);
    expect(await ranIn('4-shell')).toBe(id);
    expect(logOf(id, '5')).toBe('first\nran\nran\n');
    expect(logOf(id, '3')).toBe('first\n');
    expect(events[0]).toMatchObject({ type: 'run-started', continues: { run: before, gone: [] } });
    expect(store.supervisor.run(before).state).toBe('cancelled');
    await expect(store.supervisor.resume(before)).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });

  test('[A-38] runs a step that has changed, and those after it, and says why', async () => {
    await cutOff([onTiny, copy, first, slow(791), last]);
    const { id, events } = await build([project('p', [onTiny, copy, first, slow(0, 'changed'), last])]);
    expect(said(events)).toEqual(['1-create-systree reused', '2-copy-source reused', '3-shell reused']);
    expect(logOf(id, '5')).toBe('first\nran\nchanged\n');
    expect(pidsOf('sleep', '791')).toEqual([]);

    await cutOff([onTiny, copy, first, slow(792), last]);
    const other = await build([project('p', [onTiny, copy, shell('echo other >> first'), slow(0), last])]);
    expect(said(other.events)).toEqual([
      '1-create-systree reused',
      '2-copy-source reused',
      '3-shell dropped: its `shell` changed',
    ]);
    expect(logOf(other.id, '5')).toBe('first\nother\nran\n');
    expect(pidsOf('sleep', '792')).toEqual([]);
  });

  test('copies a source again that was edited since', async () => {
    await cutOff(steps);
    writeFileSync(join(store.work, 'source/file'), 'second\n');
    const { id, events } = await build([project('p', [onTiny, copy, first, slow(0), last])]);
    expect(said(events)).toEqual([
      '1-create-systree reused',
      '2-copy-source dropped: the files that it copies changed',
      '3-shell dropped: a step before it is another',
    ]);
    expect(logOf(id, '5')).toBe('second\nran\nran\n');
  });

  test('goes on with one that was cancelled, and closing the supervisor cancels what it builds', async () => {
    const text = JSON.stringify({ projects: [project('p', [onTiny, copy, first, slow(793), last])] });
    const other = createSupervisor({ store: store.store });
    const run = await other.build({ text, fileName: join(store.work, 'build.yaml') }, { noCache: true });
    await vi.waitFor(() => expect(logOf(run.id, '4')).toBe('begun\n'));
    await other.close();
    expect(await run.result).toBe('cancelled');
    expect(pidsOf('sleep', '793')).toEqual([]);
    expect(store.supervisor.run(run.id).projects[0]?.steps[3]?.attempts).toMatchObject([
      { outcome: { type: 'cancelled', by: 'program' } },
    ]);
    const { id, events } = await build([project('p', [onTiny, copy, first, slow(0), last])]);
    expect(said(events)).toEqual(['1-create-systree reused', '2-copy-source reused', '3-shell reused']);
    expect(logOf(id, '5')).toBe('first\nran\nran\n');
  });

  test('begins anew when it is told to, and leaves the other run as it is', async () => {
    const before = await cutOff([onTiny, copy, first, slow(0.2), last]);
    const { events } = await build([project('p', [onTiny, copy, first, slow(0), last])], { fresh: true });
    expect(said(events)).toEqual([]);
    expect(events[0]).not.toHaveProperty('continues');
    expect(store.supervisor.run(before).state).not.toBe('cancelled');
    await store.supervisor.cancel(before);
  });

  test('uses the artifact that the finished project of the cut-off build has made, and names steps that are gone', async () => {
    const make = project('make', [onTiny, shell('echo of this build > made; chmod 644 made'), publish('made')]);
    const use = (seconds: number): object => project('p', [onTiny, unpack('made'), shell('cat made'), slow(seconds)]);
    await killedAt(store, {
      projects: [make, project('more', [onTiny]), use(60)],
      step: '4-shell',
      meanwhile: (run) => vi.waitFor(() => expect(logOf(run, '4')).toBe('begun\n')),
    });
    const { events } = await build([make, use(0)]);
    expect(said(events)).toEqual(['1-create-systree reused', '2-unpack-artifact reused', '3-shell reused']);
    expect(events[0]).toMatchObject({
      projects: [
        { name: 'make', result: 'built', isCurrent: true, stepsDone: 3 },
        { name: 'p', stepsDone: 0 },
      ],
    });
    expect(events[0]).toMatchObject({ continues: { gone: [{ project: 'more', step: '1-create-systree' }] } });
  });

  test('makes an artifact again that was removed since', async () => {
    const make = project('make', [onTiny, shell('echo removed > made; chmod 644 made'), publish('removed')]);
    const use = (seconds: number): object =>
      project('p', [onTiny, unpack('removed'), shell('cat made'), slow(seconds)]);
    const before = await killedAt(store, {
      projects: [make, use(60)],
      step: '4-shell',
      meanwhile: (run) => vi.waitFor(() => expect(logOf(run, '4')).toBe('begun\n')),
    });
    await store.supervisor.cancel(before);
    await store.supervisor.artifacts.remove('removed');
    const { id, events } = await build([make, use(0)]);
    expect(said(events).slice(0, 3)).toEqual([
      '1-create-systree reused',
      '2-shell reused',
      '3-create-artifact dropped: the artifact `removed@1` is gone',
    ]);
    expect(logOf(id, '3')).toBe('removed\n');
  });

  test('goes on also when that build was cut off in turn', async () => {
    await cutOff(steps);
    const again = await cutOff([onTiny, copy, first, slow(3), last]);
    const { id, events } = await build([project('p', [onTiny, copy, first, slow(3), last])]);
    expect(said(events)).toEqual([
      '1-create-systree reused',
      '2-copy-source reused',
      '3-shell reused',
      '4-shell adopted',
    ]);
    expect(logOf(id, '5')).toBe('first\nran\nran\n');
    expect(store.supervisor.run(again).state).toBe('cancelled');
  });
});

describe.skipIf(lacking !== '')('resume', () => {
  test('[A-39] goes on with the specification that the run began with, and says that the file differs', async () => {
    const run = await cutOff([onTiny, copy, first, slow(0.2), last]);
    writeFileSync(join(store.work, 'build.yaml'), 'projects: []\n');
    expect(await (await store.supervisor.resume(run)).result).toBe('built');
    const started = store.supervisor.events(run).filter(({ type }) => type === 'run-started');
    expect(started).toMatchObject([{ resumed: false }, { resumed: true, specFile: 'changed' }]);
    expect(logOf(run, '5')).toBe('first\nran\nran\n');
  });
});

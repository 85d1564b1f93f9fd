import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { SpecSource } from '../../supervisor/spec-source.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

/** A step that takes some seconds, between what begins it and what tells how often it ran. */
const slowSteps = [onTiny, shell('echo begun; echo ran >> count; sleep 5'), shell('cat count')];

function specOf(name: string, steps: readonly object[] = slowSteps): SpecSource {
  return { value: { projects: [project(name, steps)] }, directory: store.work };
}

function logOf(run: string, name: string, step: string): string {
  try {
    return readFileSync(store.supervisor.logFile({ run, project: name, step }), 'utf8');
  } catch {
    return '';
  }
}

const begun = (run: string, name: string): Promise<void> =>
  vi.waitFor(() => expect(logOf(run, name, '2')).toBe('begun\n'), { interval: 10 });

function attemptsOf(run: string, step: number) {
  return store.supervisor.run(run).projects[0]?.steps[step - 1]?.attempts ?? [];
}

describe.skipIf(lacking !== '')('a supervisor in another program', () => {
  test('[A-205] [A-206] leaves what it builds, and the next goes on with all of it, but for what is refused', async () => {
    const outside = join(store.work, '../elsewhere');
    for (const directory of [join(store.work, 'source'), outside]) mkdirSync(directory);
    const copy = { action: 'copy-source', path: 'source' };
    const first = createSupervisor({ store: store.store });
    const a = await first.build(specOf('a'));
    const b = await first.build(specOf('b', [...slowSteps, copy]));
    await Promise.all([begun(a.id, 'a'), begun(b.id, 'b')]);
    const late = first.build(specOf('late'), { noCache: true });
    const closed = first.close({ steps: 'leave' });
    await expect(first.build(specOf('d'))).rejects.toMatchObject({ code: 'SUPERVISOR_CLOSING' });
    await Promise.all([closed, first.close()]);
    const c = await late;
    expect(await Promise.all([a.result, b.result, c.result])).toEqual(['left', 'left', 'left']);
    expect(attemptsOf(a.id, 2)).toMatchObject([{ number: 1 }]);
    expect(attemptsOf(a.id, 2)[0]).not.toHaveProperty('outcome');
    expect(attemptsOf(c.id, 2)).toEqual([]);

    renameSync(join(store.work, 'source'), join(outside, 'source'));
    symlinkSync(join(outside, 'source'), join(store.work, 'source'));
    const second = createSupervisor({ store: store.store });
    const { runs, refused } = await second.resumeAll();
    expect(runs.map(({ id }) => id)).toEqual([a.id, c.id]);
    expect(refused).toMatchObject([{ run: b.id, error: { code: 'SOURCE_OUTSIDE' } }]);
    expect((await second.resumeAll()).runs).toEqual([]); // Somebody builds them.
    expect(await Promise.all(runs.map(({ result }) => result))).toEqual(['built', 'built']);
    for (const [run, name] of [
      [a, 'a'],
      [c, 'late'],
    ] as const) {
      expect(attemptsOf(run.id, 2)).toMatchObject([{ number: 1, outcome: { type: 'succeeded' } }]);
      expect(logOf(run.id, name, '3')).toBe('ran\n');
    }
    expect(second.events(a.id).filter(({ type }) => type === 'step-adopted')).toHaveLength(1);
    expect(await second.cancel(b.id)).toMatchObject({ result: 'cancelled' });
    await second.close();
    expect(readdirSync(join(store.store, 'keepers'))).toEqual([]);
  });

  test('[A-207] stops what it builds when it is closed, also what is about to begin, and may be closed again', async () => {
    const supervisor = createSupervisor({ store: store.store });
    const run = await supervisor.build(specOf('e'), { noCache: true });
    await begun(run.id, 'e');
    await expect(supervisor.retry(run.id)).rejects.toMatchObject({ code: 'RUN_UNFINISHED' });
    const late = supervisor.build(specOf('f'), { noCache: true });
    await Promise.all([supervisor.close(), supervisor.close({ steps: 'leave' })]);
    expect(await run.result).toBe('cancelled');
    expect(await (await late).result).toBe('cancelled');
    await supervisor.close();
    expect(store.supervisor.summary(run.id).state).toBe('cancelled');
    expect((await store.supervisor.resumeAll()).runs).toEqual([]);
    expect(readdirSync(join(store.store, 'keepers'))).toEqual([]);
  });

  test('[A-208] builds again what failed in a run, as that run had read it, and what was built is taken over', async () => {
    const { supervisor, work } = store;
    mkdirSync(join(work, 'input'));
    const needsFile = [{ action: 'copy-source', path: 'input' }, onTiny, shell('cat f')];
    const text = JSON.stringify({ projects: [project('good', [onTiny, shell('id')]), project('bad', needsFile)] });
    const source = { text, fileName: 'retried.yaml', directory: work };
    const failed = await supervisor.build(source, { keepGoing: true });
    expect(await failed.result).toBe('failed');
    writeFileSync(join(work, 'input/f'), 'there\n');
    const retried = await supervisor.retry(failed.id);
    expect(await retried.result).toBe('built');
    expect(supervisor.summary(retried.id)).toMatchObject({ retryOf: failed.id, specName: 'retried.yaml' });
    expect(supervisor.events(retried.id)[0]).toMatchObject({ retryOf: failed.id });
    expect(supervisor.runSource(retried.id)).toMatchObject({ text, file: join(work, 'retried.yaml') });
    expect(supervisor.run(retried.id).projects.map(({ name }) => name)).toEqual(['bad']);
    await expect(supervisor.retry(retried.id)).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });
});

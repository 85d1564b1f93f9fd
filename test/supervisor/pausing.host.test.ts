import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { readSpecFile } from '../../supervisor/spec-source.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

const outcomes = (events: readonly BuildEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'step-ended' ? [`${event.step} ${event.outcome.type}`] : []));

const ends = (run: string): Record<string, string | undefined> =>
  Object.fromEntries(store.supervisor.run(run).projects.map(({ name, result }) => [name, result]));

describe.skipIf(lacking !== '')('a build that pauses', () => {
  const failing = [
    project('p', [onTiny, shell('echo 1 > a'), shell('cat a; exit 3'), shell('cat a')]),
    project('after', [onTiny, shell('true')], { 'depends-on': ['p'] }),
  ];

  test('[A-129] waits where a step failed, for whoever comes, and goes on as that one says', async () => {
    for (const decide of ['skip', 'give-up'] as const) {
      const { id, result, events } = await store.build(failing, { onFailure: 'pause' });
      expect([result, store.supervisor.run(id).state]).toEqual(['paused', 'paused']);
      expect(events.at(-1)).toMatchObject({
        type: 'project-paused',
        project: 'p',
        step: '3-shell',
        because: 'failure',
      });
      expect(store.supervisor.run(id).projects.map(({ paused }) => paused)).toEqual([
        { step: '3-shell', because: 'failure' },
        undefined,
      ]);
      // What waits for a paused project is not skipped.
      expect(ends(id)).toEqual({ p: undefined, after: undefined });
      const again = await store.supervisor.resume(id, { decide: { p: 'go-on' } });
      expect(await again.result).toBe('paused');
      const last = await store.supervisor.resume(id, { decide });
      expect(await last.result).toBe(decide === 'skip' ? 'built' : 'failed');
      expect(ends(id)).toEqual(decide === 'skip' ? { p: 'built', after: 'built' } : { p: 'failed', after: 'skipped' });
      const steps = outcomes(store.supervisor.events(id));
      expect(steps.filter((step) => step === '2-shell succeeded').length).toBe(decide === 'skip' ? 2 : 1);
      expect(steps.filter((step) => step === '3-shell failed').length).toBe(2);
    }
  });

  test('[A-129] stays paused when nothing is decided, and can be cancelled', async () => {
    const { id } = await store.build(failing, { onFailure: 'pause' });
    expect(await (await store.supervisor.resume(id)).result).toBe('paused');
    expect(await store.supervisor.cancel(id)).toEqual({ id, result: 'cancelled' });
    expect(store.supervisor.run(id).state).toBe('cancelled');
  });

  test('[A-130] waits before a step that was named, and refuses one that there is not', async () => {
    const breakBefore = [{ project: 'p', step: '3' }];
    const { id, result, events } = await store.build(failing, { breakBefore });
    expect([result, outcomes(events)]).toEqual(['paused', ['1-create-systree succeeded', '2-shell succeeded']]);
    expect(await (await store.supervisor.resume(id, { decide: 'go-on' })).result).toBe('failed');
    const build = store.build(failing, { breakBefore: [{ project: 'p', step: '9' }] });
    await expect(build).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
  });

  test('[A-130] goes on from there with a specification that was mended', async () => {
    const file = join(store.work, 'build.yaml');
    const write = (script: string): void =>
      writeFileSync(file, JSON.stringify({ projects: [project('p', [onTiny, shell('echo 1 > a'), shell(script)])] }));
    write('cat a; exit 3');
    const first = await store.supervisor.build(readSpecFile(file), { onFailure: 'pause' });
    expect(await first.result).toBe('paused');
    write('cat a');
    const mended = await store.supervisor.build(readSpecFile(file), { onFailure: 'pause' });
    expect(await mended.result).toBe('built');
    const events = store.supervisor.events(mended.id);
    expect(events.flatMap((event) => (event.type === 'step-reused' ? [event.step] : []))).toEqual([
      '1-create-systree',
      '2-shell',
    ]);
    expect(store.supervisor.run(first.id).state).toBe('cancelled');
  });
});

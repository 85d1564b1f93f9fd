import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AttemptReference } from '../../supervisor/attempt-reference.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { SpecSource } from '../../supervisor/spec-source.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

const specOf = (...projects: readonly object[]): SpecSource => ({ value: { projects }, directory: store.work });
const MIB = 2 ** 20;
const logOf = (attempt: AttemptReference): string => {
  try {
    return readFileSync(store.supervisor.logFile(attempt), 'utf8');
  } catch {
    return '';
  }
};

/** How many steps of these runs were under way at once, at the most. */
function mostAtOnce(supervisor: Supervisor, runs: readonly string[]): number {
  const events = runs.flatMap((run) => supervisor.events(run));
  const change = (event: BuildEvent): number =>
    event.type === 'step-started' ? 1 : event.type === 'step-ended' ? -1 : 0;
  // One that ends in the same millisecond in which another begins has ended before.
  const inOrder = events.toSorted((a, b) => a.at - b.at || change(a) - change(b));
  let now = 0;
  return Math.max(...inOrder.map((event) => (now += change(event))));
}

describe.skipIf(lacking !== '')('a program that bounds the steps of its supervisor', () => {
  test('[A-234] has one build wait for no other, and never more steps at once than it said', async () => {
    const supervisor = createSupervisor({ store: store.store, jobs: 2 });
    const steps = [onTiny, shell('sleep 0.3')];
    const large = await supervisor.build(specOf(...[1, 2, 3, 4, 5, 6].map((n) => project(`p${n}`, steps))), {
      noCache: true,
      jobs: 6,
    });
    await vi.waitFor(() => expect(supervisor.events(large.id).some(({ type }) => type === 'step-ended')).toBe(true));
    const small = await supervisor.build(specOf(project('small', steps)), { noCache: true });
    expect(await small.result).toBe('built');
    expect(supervisor.run(large.id).projects.filter(({ result }) => result === undefined)).not.toEqual([]);
    expect(await large.result).toBe('built');
    expect(mostAtOnce(supervisor, [large.id, small.id])).toBe(2);
    await supervisor.close();
  });

  test('[A-209] [A-210] shows its limits in plan and receipt, refuses more, and has what was built before taken over', async () => {
    let count = 0;
    const limits = { memoryBytes: 256 * MIB, processes: 100, timeoutMs: 100_000 };
    const newId = (): string => `own${String((count += 1)).padStart(5, '0')}`;
    const supervisor = createSupervisor({ store: store.store, limits, newId });
    const steps = (more: object = {}): SpecSource => specOf(project('q', [onTiny, shell('echo limited', more)]));
    const attemptOf = (run: string) => supervisor.run(run).projects[0]?.steps[1]?.attempts[0]?.id;
    const before = await store.supervisor.build(steps());
    expect(await before.result).toBe('built');

    const planned = (await supervisor.plan(steps({ limits: { processes: 50 } }))).projects[0]?.steps[1];
    expect(planned).toMatchObject({ timeoutMs: 100_000 });
    expect(planned?.limits).toContainEqual({ limit: 'memory', value: 256 * MIB, unit: 'bytes', isGiven: true });
    expect(planned?.limits).toContainEqual({ limit: 'processes', value: 50, unit: 'processes', isGiven: true });

    const same = await supervisor.build(steps());
    expect(await same.result).toBe('built');
    expect(supervisor.run(same.id).projects[0]?.steps[1]?.attempts).toMatchObject([
      { reusedFrom: attemptOf(before.id) },
    ]);

    const anew = await supervisor.build(steps(), { noCache: true });
    expect(await anew.result).toBe('built');
    expect(anew.id).toMatch(/^own\d{5}$/);
    const receipt = await supervisor.receipt({ run: anew.id, project: 'q', step: '2' });
    expect(receipt.attempt.id).toMatch(/^own\d{5}$/);
    expect(receipt.limits).toMatchObject({ wallTimeMs: 100_000, values: { memory: 256 * MIB, processes: 100 } });

    const runs = supervisor.runs().length;
    const greedy = steps({ limits: { memory: '1G' } });
    for (const asked of [supervisor.build(greedy), supervisor.plan(greedy), supervisor.outOfDate(greedy)]) {
      await expect(asked).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        message: expect.stringContaining('q:2-shell'),
      });
    }
    expect(supervisor.runs()).toHaveLength(runs);
    await supervisor.close();
  });

  test('[A-210] goes on with no run that was begun under other limits, and takes over no step that runs under them', async () => {
    const text = JSON.stringify({ projects: [project('r', [onTiny, shell('echo begun; sleep 100')])] });
    const spec = { text, fileName: join(store.work, 'bounds.yaml') };
    const begun = (run: string): Promise<void> =>
      vi.waitFor(() => expect(logOf({ run, project: 'r', step: '2' })).toBe('begun\n'), { interval: 20 });
    const first = createSupervisor({ store: store.store });
    const run = await first.build(spec);
    await begun(run.id);
    await first.close({ steps: 'leave' });
    const second = createSupervisor({ store: store.store, limits: { outputBytes: MIB } });
    expect(await second.resumeAll()).toMatchObject({
      runs: [],
      refused: [{ run: run.id, error: { code: 'LIMIT_EXCEEDED' } }],
    });
    expect(second.run(run.id).state).toBe('adoptable');
    const again = await second.build(spec);
    await begun(again.id);
    expect(second.events(again.id).filter(({ type }) => type === 'step-adopted')).toEqual([]);
    const { limits } = await second.receipt({ run: again.id, project: 'r', step: '2' });
    expect(limits.values).toMatchObject({ output: MIB });
    again.cancel();
    expect(await again.result).toBe('cancelled');
    expect(second.summary(run.id).state).toBe('cancelled');
    await second.close();
  });

  test('[A-209] is told of an id source that repeats itself, and the run is gone on with when that is mended', async () => {
    const ids = ['twice1', 'twice2'];
    const broken = createSupervisor({ store: store.store, newId: () => ids.shift() ?? 'twice1' });
    const run = await broken.build(specOf(project('s', [onTiny, shell('echo ran')])), { noCache: true });
    expect(run.id).toBe('twice1');
    await expect(run.result).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await broken.close();
    const mended = await store.supervisor.resume('twice1');
    expect(await mended.result).toBe('built');
  });
});

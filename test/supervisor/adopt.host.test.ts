import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { keeperPids, killAll, killedAt, pidsOf } from './killed-build.ts';
import { onTiny, onWritableTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { Receipt } from '../../supervisor/receipt.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

/** A step that writes `begun` first, and takes some time. */
const slow = (seconds: number): object =>
  shell(`echo begun; echo ran >> count; sleep ${seconds}; echo ended; echo ended >> count`);

/** Kills the builder when the slow step has begun in earnest. */
const killedInSlow = (projects: readonly object[], more: () => void = () => undefined): Promise<string> =>
  killedAt(store, {
    projects,
    step: '2-shell',
    meanwhile: async (run) => {
      await vi.waitFor(() => expect(logOf(run, '2')).toBe('begun\n'), { interval: 5 });
      more();
    },
  });

function logOf(run: string, step: string): string {
  try {
    return readFileSync(store.supervisor.logFile({ run, project: 'p', step }), 'utf8');
  } catch {
    return '';
  }
}

function attemptsOf(run: string, step: string) {
  return store.supervisor.run(run).projects[0]?.steps.find(({ id }) => id === step)?.attempts ?? [];
}

async function finish(run: string, supervisor = store.supervisor): Promise<readonly BuildEvent[]> {
  const resumed = await supervisor.resume(run);
  expect(await resumed.result).toBe('built');
  return supervisor.events(run);
}

const receiptOf = (run: string, attempt?: number): Promise<Receipt> =>
  store.supervisor.receipt({ run, project: 'p', step: '2', ...(attempt === undefined ? {} : { attempt }) });

describe.skipIf(lacking !== '')('a step whose contractor was killed', () => {
  test('[A-30] goes on, is taken over with its log whole and once, and is followed by the next', async () => {
    const run = await killedInSlow([project('p', [onTiny, slow(2), shell('cat count')])]);
    expect(store.supervisor.run(run).state).toBe('adoptable');
    const events = await finish(run);
    expect(attemptsOf(run, '2-shell')).toMatchObject([{ number: 1, outcome: { type: 'succeeded' } }]);
    expect(logOf(run, '2')).toBe('begun\nended\n');
    expect(logOf(run, '3')).toBe('ran\nended\n');
    expect(events.filter(({ type }) => type === 'step-adopted')).toHaveLength(1);
    expect(await receiptOf(run)).toMatchObject({
      outcome: { type: 'succeeded' },
      witness: { differences: [], found: { uid: '1000' } },
    });
    expect(readdirSync(join(store.store, 'keepers'))).toEqual([]);
  });

  test('[A-31] and that ended meanwhile is not run again', async () => {
    const run = await killedInSlow([project('p', [onTiny, slow(0.3), shell('cat count')])]);
    await vi.waitFor(() => expect(logOf(run, '2')).toBe('begun\nended\n'));
    await finish(run);
    expect(attemptsOf(run, '2-shell')).toMatchObject([{ number: 1, outcome: { type: 'succeeded' } }]);
    expect(logOf(run, '3')).toBe('ran\nended\n');
    expect(await receiptOf(run)).toMatchObject({ outcome: { type: 'succeeded' }, witness: { differences: [] } });
  });

  test('and whose keeper died after it had ended is not run again', async () => {
    const run = await killedInSlow([project('p', [onWritableTiny, slow(0.3), shell('cat count')])]);
    await vi.waitFor(() => expect(readdirSync(attemptDirectory(run))).toContain('exit'));
    killAll(keeperPids(store));
    await finish(run);
    expect(attemptsOf(run, '2-shell')).toMatchObject([{ number: 1, outcome: { type: 'succeeded' } }]);
    expect(logOf(run, '3')).toBe('ran\nended\n');
  });

  test('ends at its deadline, wherever contractor was then', async () => {
    const run = await killedInSlow([
      project('p', [
        onTiny,
        { ...slow(60), timeout: '1s', 'continue-on-failure': true },
        shell('cat count || echo none'),
      ]),
    ]);
    await vi.waitFor(() => expect(readdirSync(attemptDirectory(run))).toContain('exit'));
    await finish(run);
    expect(attemptsOf(run, '2-shell')).toMatchObject([{ number: 1, outcome: { type: 'timed-out', timeoutMs: 1000 } }]);
    expect(logOf(run, '3')).toContain('none');
  });

  test('[A-32] together with its keeper is run again, on the tree before it', async () => {
    const run = await killedInSlow([project('p', [onTiny, slow(1), shell('cat count')])], () => {
      killAll(keeperPids(store));
    });
    await vi.waitFor(() => expect(store.supervisor.run(run).state).toBe('interrupted')); // A killed process takes a moment to die.
    await finish(run);
    expect(attemptsOf(run, '2-shell')).toMatchObject([
      { number: 1, outcome: { type: 'interrupted' } },
      { number: 2, outcome: { type: 'succeeded' } },
    ]);
    expect(logOf(run, '3')).toBe('ran\nended\n');
    expect(readdirSync(attemptDirectory(run))).toEqual(['log', 'witness']);
    expect(await receiptOf(run, 1)).toMatchObject({ outcome: { type: 'interrupted' }, witness: { differences: [] } });
    expect(await receiptOf(run, 2)).toMatchObject({ outcome: { type: 'succeeded' }, witness: { differences: [] } });
  });

  test('[A-33] is not believed to live when the host has booted since', async () => {
    const run = await killedInSlow([project('p', [onTiny, slow(2), shell('cat count')])]);
    const left = keeperPids(store);
    const supervisor = createSupervisor({ store: store.store, bootId: 'another boot' });
    try {
      await finish(run, supervisor);
    } finally {
      await supervisor.close();
      killAll(left);
    }
    expect(attemptsOf(run, '2-shell')).toMatchObject([
      { number: 1, outcome: { type: 'interrupted' } },
      { number: 2, outcome: { type: 'succeeded' } },
    ]);
    expect(logOf(run, '3')).toBe('ran\nended\n');
  });
});

describe.skipIf(lacking !== '')('a step whose sandbox is killed under contractor', () => {
  test.for(['guardian', 'keeper'] as const)('is run again when it was the %s', async (which) => {
    const run = await store.supervisor.build(
      {
        value: { projects: [project('p', [onTiny, slow(1), shell('cat count')])] },
      },
      { noCache: true },
    );
    await vi.waitFor(() => expect(logOf(run.id, '2')).toBe('begun\n'), { interval: 5 });
    process.kill(keeperPids(store)[which === 'guardian' ? 0 : 1]!, 'SIGKILL');
    expect(await run.result).toBe('built');
    expect(attemptsOf(run.id, '2-shell')).toMatchObject([
      { number: 1, outcome: { type: 'interrupted' } },
      { number: 2, outcome: { type: 'succeeded' } },
    ]);
    expect(logOf(run.id, '3')).toBe('ran\nended\n');
  });

  test('is given up when that happens again and again', async () => {
    const run = await store.supervisor.build({ value: { projects: [project('p', [onTiny, slow(60)])] } });
    const killing = setInterval(() => {
      if (logOf(run.id, '2') === 'begun\n') killAll(keeperPids(store));
    }, 20);
    expect(await run.result).toBe('failed');
    clearInterval(killing);
    expect(attemptsOf(run.id, '2-shell').map(({ outcome }) => outcome?.type)).toEqual([
      'interrupted',
      'interrupted',
      'refused',
    ]);
  });
});

describe.skipIf(lacking !== '')('cancel', () => {
  test('[A-34] ends a run that another process builds, with every process of its step', async () => {
    const stubborn = shell(`trap '' TERM HUP; (setsid sleep 871 &) ; echo begun; sleep 872; sleep 873`);
    let result: string | undefined;
    const run = await killedAt(store, {
      projects: [project('p', [onTiny, stubborn])],
      step: '2-shell',
      meanwhile: async (id) => {
        await vi.waitFor(() => expect(logOf(id, '2')).toBe('begun\n'));
        ({ result } = await store.supervisor.cancel(id));
      },
    });
    expect(result).toBe('cancelled');
    expect(attemptsOf(run, '2-shell')).toMatchObject([{ outcome: { type: 'cancelled', by: 'request' } }]);
    for (const seconds of ['871', '872', '873']) expect(pidsOf('sleep', seconds)).toEqual([]);
    await expect(store.supervisor.cancel(run)).rejects.toMatchObject({ code: 'RUN_ENDED' });
  });

  test('[A-35] ends what a killed contractor has left running', async () => {
    const run = await killedInSlow([project('p', [onTiny, slow(874)])]);
    expect(pidsOf('sleep', '874')).toHaveLength(1);
    expect(await store.supervisor.cancel(run)).toEqual({ id: run, result: 'cancelled' });
    expect(pidsOf('sleep', '874')).toEqual([]);
    expect(store.supervisor.run(run).state).toBe('cancelled');
    expect(attemptsOf(run, '2-shell')).toMatchObject([{ outcome: { type: 'cancelled', by: 'request' } }]);
    expect(readdirSync(join(store.store, 'keepers'))).toEqual([]);
  });
});

function attemptDirectory(run: string): string {
  return join(store.store, 'trees/attempts', attemptsOf(run, '2-shell')[0]?.id ?? '');
}

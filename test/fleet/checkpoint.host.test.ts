import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { allEvents } from '../../fleet/read-runs.ts';
import { userOfPlace } from '../../fleet/user-of-place.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { checkpointName } from '../../supervisor/checkpoint/checkpoint.ts';
import { keepersOf, kill } from '../crash/processes.ts';
import { onTiny, project, publish, shell, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { gate, openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Who takes over waits for the heartbeat, and on a busy host is long in starting from the sources. */
const PATIENT = { timeout: 200_000 };
let rig: TestFleet;

beforeAll(async () => {
  if (!lacking) rig = await openTestFleet();
});
afterAll(() => rig?.close());

const ended = (event: BuildEvent): boolean => event.type === 'run-ended';
const sharing = (name: string, steps: readonly object[]): object => ({ ...project(name, steps), checkpoint: 'step' });
/** What is in it is never the same again. */
const byChance = (file: string): object =>
  shell(`cat /proc/sys/kernel/random/uuid > ${file}; chmod 644 ${file}; cat ${file}`);

/** Until it is known to all what the project has after the step. */
async function shared(run: string, step: number): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await rig.fleet.database.query(
      `select 1 from contractor.checkpoints
       where run = $1 and position = $2 and jsonb_typeof(step->'tree') = 'object' and not is_void`,
      [run, step - 1],
    );
    expect(rows).toHaveLength(1);
  }, PATIENT);
}

/** Kills the worker, and what runs its steps. */
async function lose(worker: Worker): Promise<void> {
  await worker.kill();
  kill(
    keepersOf(worker.store).flatMap(({ guardian, inner }) => (guardian === undefined ? [inner] : [guardian, inner])),
  );
}

/** How often a worker has begun the step, and how often one has taken it over. */
function counted(events: readonly BuildEvent[], step: string): readonly [begun: number, takenOver: number] {
  const of = (type: BuildEvent['type']): number =>
    events.filter((event) => event.type === type && 'step' in event && event.step === step).length;
  return [of('step-started'), of('step-reused')];
}

/** Until a step was begun so often. */
async function begun(run: string, step: string, times: number): Promise<void> {
  await vi.waitFor(async () => {
    const events = await allEvents(rig.fleet.database, run);
    expect(counted(events, step)[0]).toBe(times);
    const last = events.findLast((event) => event.type === 'step-started' && event.step === step);
    const attempt = last?.type === 'step-started' ? last.attemptId : '';
    const parts = await rig.fleet.database.query('select 1 from contractor.logs where attempt = $1', [attempt]);
    expect(parts).not.toEqual([]);
  }, PATIENT);
}

const logOf = async (run: string, step: string): Promise<string> =>
  (await rig.command(['logs', `${run}:p:${step}`])).stdout;

const workspaces = (): string => join(rig.place, 'artifacts', checkpointName('p'));

describe.skipIf(lacking)('a project with `checkpoint: step`', () => {
  test('[A-279] whose worker is lost is gone on with by another behind its last step, and nothing is done twice', async () => {
    const first = rig.worker('first');
    const tree =
      'mkdir fixed; mkdir fixed/sub; echo hello > fixed/sub/file; ln fixed/sub/file fixed/hard; ln -s sub fixed/link; chmod 755 fixed fixed/sub; chmod 4755 fixed/hard';
    const fixed = publish('fixed', { directory: 'fixed' });
    const run = await rig.submit([
      sharing('p', [onTiny, byChance('one'), publish('part'), shell(tree), shell(gate('go')), shell('cat one'), fixed]),
    ]);
    await rig.running(run);
    await shared(run, 4);
    await lose(first);
    expect(await rig.fleet.database.query(`select 1 from contractor.artifacts where name = 'part'`)).toEqual([]);
    const heir = rig.worker('heir');
    await begun(run, '5-shell', 2);
    await heir.open('go');
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    const before = ['1-create-systree', '2-shell', '3-create-artifact', '4-shell'];
    expect(before.map((step) => counted(events, step))).toEqual(before.map(() => [1, 1]));
    expect(counted(events, '5-shell')).toEqual([2, 0]);
    expect(counted(events, '6-shell')).toEqual([1, 0]);
    const reused = events.filter((event) => event.type === 'step-reused');
    expect(new Set(reused.map(({ from }) => from))).toEqual(new Set([run]));
    // What chance has decided was decided once, and its log is there.
    expect(await logOf(run, '2')).toMatch(/^[0-9a-f-]{36}\n$/);
    expect(await logOf(run, '6')).toBe(await logOf(run, '2'));
    const published = events.filter((event) => event.type === 'artifact-published');
    expect(published.map(({ artifact }) => artifact).toSorted()).toEqual(['fixed', 'part']);
    // The same as on one host.
    const local = await rig.store.build([project('p', [onTiny, shell(tree), fixed])]);
    const made = local.events.find((event) => event.type === 'artifact-published');
    expect(published.find(({ artifact }) => artifact === 'fixed')?.digest).toBe(
      made?.type === 'artifact-published' ? made.digest : '',
    );
    const status = (await rig.command(['status', run])).stdout;
    expect(status).toMatch(/✓ p /);
    await heir.end();
  });

  test('[A-282] falls back to an earlier step where the last cannot be had, and to the first where none can', async () => {
    const steps = [onTiny, byChance('one'), shell(gate('a')), byChance('two'), shell(gate('b')), shell('cat one two')];
    let worker = rig.worker('w1');
    const run = await rig.submit([sharing('p', steps)]);
    await rig.running(run);
    await shared(run, 2);
    const before = new Set(readdirSync(workspaces()));
    await worker.open('a');
    await begun(run, '5-shell', 1);
    await shared(run, 4);
    for (const digest of readdirSync(workspaces())) {
      if (before.has(digest)) continue;
      writeFileSync(join(rig.place, 'manifests', digest), 'something else\n');
    }
    await lose(worker);
    worker = rig.worker('w2');
    // Whichever of the earlier it was, the second step is done, and the fourth is not.
    await vi.waitFor(async () => {
      await worker.open('a');
      expect(counted(await allEvents(rig.fleet.database, run), '5-shell')).toEqual([2, 0]);
    }, PATIENT);
    expect(counted(await allEvents(rig.fleet.database, run), '2-shell')).toEqual([1, 1]);
    expect(counted(await allEvents(rig.fleet.database, run), '4-shell')).toEqual([2, 0]);
    await shared(run, 4);
    await lose(worker);
    rmSync(workspaces(), { recursive: true });
    worker = rig.worker('w3');
    await vi.waitFor(async () => {
      await worker.open('a');
      await worker.open('b');
      expect((await allEvents(rig.fleet.database, run)).at(-1)).toMatchObject({ type: 'run-ended', result: 'built' });
    }, PATIENT);
    const events = await allEvents(rig.fleet.database, run);
    expect(counted(events, '2-shell')).toEqual([2, 1]);
    expect(await logOf(run, '6')).toBe(`${await logOf(run, '2')}${await logOf(run, '4')}`);
    await worker.end();
  });

  test('[A-282] is begun anew where what is told of its steps is nothing of the kind, or would not hold all of a step', async () => {
    const first = rig.worker('odd1');
    const run = await rig.submit([sharing('p', [onTiny, byChance('one'), shell('mknod pipe p'), shell(gate('odd'))])]);
    await rig.running(run);
    await shared(run, 2);
    const { database } = rig.fleet;
    const rows = await vi.waitFor(async () => {
      const all = await database.query<{ position: number; step: Record<string, unknown> }>(
        'select position, step from contractor.checkpoints where run = $1 order by position',
        [run],
      );
      expect(all).toHaveLength(3);
      return all;
    });
    expect(rows[2]?.step['tree']).toBeNull();
    await lose(first);
    const odd = { ...rows[1]?.step, attempt: '../../../etc/x', published: { name: '../x', digest: 'y' } };
    await database.query('update contractor.checkpoints set step = $2 where run = $1 and position = 1', [
      run,
      JSON.stringify(odd),
    ]);
    const second = rig.worker('odd2');
    await begun(run, '4-shell', 2);
    const events = await allEvents(database, run);
    expect(counted(events, '2-shell')).toEqual([2, 0]);
    await second.open('odd');
    expect((await rig.eventsUntil(run, ended)).at(-1)).toMatchObject({ result: 'built' });
    await second.end();
  });

  test('[A-279] of a worker that comes back is gone on with where that was', async () => {
    let worker = rig.worker('back');
    const run = await rig.submit([sharing('p', [onTiny, byChance('one'), shell(gate('back')), shell('cat one')])]);
    await rig.running(run);
    await shared(run, 2);
    await worker.kill();
    worker = rig.worker(basename(worker.store));
    await rig.eventsUntil(run, (event) => event.type === 'step-adopted');
    await worker.open('back');
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(counted(events, '2-shell')[0]).toBe(1);
    expect(counted(events, '3-shell')[0]).toBe(1);
    await worker.end();
  });

  test('[A-283] keeps what it needs at the place as long as its run lasts, and no longer', async () => {
    const worker = rig.worker('kept');
    const run = await rig.submit([sharing('p', [onTiny, byChance('one'), shell(gate('kept'))])]);
    await rig.running(run);
    await shared(run, 2);
    const digests = await rig.fleet.database.query<{ digest: string }>(
      `select step->'tree'->'workspace'->>'digest' as digest from contractor.checkpoints
       where run = $1 and jsonb_typeof(step->'tree'->'workspace') = 'object'`,
      [run],
    );
    const age = (): void => {
      const old = new Date(Date.now() - 2 * DAY_MS);
      for (const each of readdirSync(rig.place, { recursive: true, withFileTypes: true })) {
        if (each.isFile()) utimesSync(join(each.parentPath, each.name), old, old);
      }
    };
    const prune = async (): Promise<readonly string[]> => {
      age();
      const users = [await userOfPlace(rig.fleet.database)];
      const options = { keepForMs: 30 * DAY_MS, graceMs: HOUR_MS, settleMs: 0, users };
      const { forgotten } = await rig.store.supervisor.artifacts.prunePlace(rig.place, options);
      return forgotten.map(({ digest }) => digest);
    };
    const before = await prune();
    for (const { digest } of digests) expect(before).not.toContain(digest);
    expect(digests.length).toBeGreaterThan(0);
    await worker.open('kept');
    await rig.eventsUntil(run, ended);
    expect(await prune()).toEqual(expect.arrayContaining(digests.map(({ digest }) => digest)));
    // Artifacts are kept as they are asked for.
    expect(readdirSync(join(rig.place, 'artifacts'))).toContain('tiny');
    await worker.end();
  });
});

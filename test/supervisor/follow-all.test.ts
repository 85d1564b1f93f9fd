import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../store/database.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/migrations/migrations.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { EventBunch, FollowAllOptions } from '../../supervisor/follow-all.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { sampleAttempt, sampleRun } from '../store/sample-records.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

let directory: string;
/** Another connection than the one that is followed on: what another process is, to SQLite. */
let store: Store;
let supervisor: Supervisor;

beforeEach(() => {
  directory = join(temporaryDirectory(), 's');
  store = openStore(directory);
  supervisor = createSupervisor({ store: directory, bootId: 'first' });
  for (const id of ['r1', 'r2', 'r3']) store.createRun(sampleRun(id));
});
afterEach(async () => {
  await supervisor.close();
  store.close();
});

let told = 0;
const record = (run: string, to = store): string => {
  told += 1;
  return `${run}/${to.appendEvent(run, { at: told, event: { type: 'project-started', project: 'p' } })}`;
};
const namesOf = ({ events }: EventBunch): string[] => events.map(({ run, seq }) => `${run}/${seq}`);
const forget = (run: string): void =>
  store.forget({ runs: [run], attempts: [], unkeyed: [], layers: [], artifacts: [], doomed: [] }, 1);

/** What a reader is given until he has had so many events, or there is nothing more for now. */
async function take(most: number, options: FollowAllOptions, from = supervisor): Promise<EventBunch[]> {
  const bunches: EventBunch[] = [];
  let count = 0;
  for await (const bunch of from.followAll(options)) {
    bunches.push(bunch);
    count += bunch.events.length;
    if (count >= most) break;
  }
  return bunches;
}

test('[A-212] a slow reader is given each event of all runs once, in their order, and holds nobody back', async () => {
  const recorded: string[] = [];
  const quick: string[] = [];
  const slow: string[] = [];
  const stop = new AbortController();
  const quickly = (async () => {
    for await (const bunch of supervisor.followAll({ signal: stop.signal })) quick.push(...namesOf(bunch));
  })();
  const reader = supervisor.followAll({ signal: stop.signal })[Symbol.asyncIterator]();
  const bunch = async (): Promise<number> => {
    const { value } = (await reader.next()) as { value: EventBunch };
    slow.push(...namesOf(value));
    return value.events.length;
  };
  await bunch();
  for (let n = 0; n < 4000; n += 1) {
    recorded.push(record(['r1', 'r2', 'r3'][n % 3] ?? 'r1'));
    if (n % 100 === 0) await immediate();
    if (n === 50) await bunch();
  }
  await expect.poll(() => quick.length).toBe(4000); // while the other one has not come back
  expect(slow).toHaveLength(51);
  // No reader stands in the way of the log: all of it can be taken over into the database.
  const beside = new DatabaseSync(join(directory, 'contractor.db'));
  expect({ ...beside.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() }).toMatchObject({ busy: 0, log: 0 });
  beside.close();
  const sizes: number[] = [];
  while (slow.length < 4000) sizes.push(await bunch());
  expect(Math.max(...sizes)).toBe(500);
  expect(slow).toEqual(recorded);
  expect(quick).toEqual(recorded);
  stop.abort();
  await quickly;
});

test('large events come a few at a time', async () => {
  const projects = Array.from({ length: 5000 }, (_, n) => ({ name: `p${n}`, dependsOn: [], steps: [], stepsDone: 0 }));
  for (let n = 0; n < 20; n += 1) store.appendEvent('r1', { at: n, event: { type: 'run-started', projects } });
  const sizes = (await take(20, {})).map(({ events }) => events.length);
  expect(Math.max(...sizes)).toBeLessThan(4);
});

test('[A-212] who comes back with the place that was noted is given what came after it, by whichever process', async () => {
  const recorded = Array.from({ length: 1200 }, (_, n) => record(n % 2 === 0 ? 'r1' : 'r2'));
  const [first] = await take(1, {});
  const other = createSupervisor({ store: directory, bootId: 'first' });
  recorded.push(record('r3'));
  const rest = await take(701, { after: first?.cursor ?? '' }, other);
  expect([...namesOf(first as EventBunch), ...rest.flatMap(namesOf)]).toEqual(recorded);
  const [nothing] = await take(0, { after: rest.at(-1)?.cursor ?? '' }, other);
  expect(nothing).toEqual({ events: [], forgotten: [], cursor: rest.at(-1)?.cursor });
  await other.close();
});

test('`now` leaves out what was before', async () => {
  record('r1');
  const reader = supervisor.followAll({ after: 'now' })[Symbol.asyncIterator]();
  await expect(reader.next()).resolves.toMatchObject({ value: { events: [] } });
  const next = reader.next();
  const name = record('r2');
  expect(namesOf((await next).value as EventBunch)).toEqual([name]);
  await reader.return?.();
});

test('[A-212] of runs that are gone a reader hears, and whether he missed something of them', async () => {
  for (const run of ['r1', 'r2', 'r3']) record(run);
  const [first] = await take(3, {});
  record('r2');
  record('r3');
  // An attempt of it is still named: the run keeps its row, and why its project was built.
  store.beginAttempt(sampleAttempt('a2', { run: 'r2' }));
  forget('r1');
  forget('r2');
  record('r3');
  const [next] = await take(2, { after: first?.cursor ?? '' });
  expect(next).toMatchObject({
    events: [
      { run: 'r3', seq: 2 },
      { run: 'r3', seq: 3 },
    ],
    forgotten: [
      { run: 'r1', missed: false },
      { run: 'r2', missed: true },
    ],
  });
  expect((await take(0, { after: next?.cursor ?? '' }))[0]).toMatchObject({ events: [], forgotten: [] });
  expect((await take(0, {})).flatMap(namesOf)).toEqual(['r3/1', 'r3/2', 'r3/3']);
  // The place of the newest event is not given again when that is gone.
  forget('r3');
  store.createRun(sampleRun('r4'));
  const name = record('r4');
  expect((await take(1, { after: next?.cursor ?? '' })).flatMap(namesOf)).toEqual([name]);
});

test('what a power cut took is not missed for it: new events come after any place that was noted', async () => {
  record('r1');
  const flushed = join(directory, '..', 'flushed.db');
  const database = join(directory, 'contractor.db');
  const beside = new DatabaseSync(database);
  beside.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  beside.close();
  copyFileSync(database, flushed);
  for (let n = 0; n < 5; n += 1) record('r1');
  const bunches = await take(6, {});
  await supervisor.close();
  store.close();
  for (const end of ['-wal', '-shm']) rmSync(`${database}${end}`, { force: true });
  copyFileSync(flushed, database);
  store = openStore(directory);

  const after = bunches.at(-1)?.cursor ?? '';
  await expect(take(0, { after })).rejects.toThrow(/behind the last event/); // set back, and no other boot
  await supervisor.close();
  supervisor = createSupervisor({ store: directory, bootId: 'second' });
  supervisor.runs();
  const names = [record('r1'), record('r2')];
  expect((await take(2, { after })).flatMap(namesOf)).toEqual(names);
});

test.each(['', 'x', '1', 'now.1', 'abc.-1', 'abc.1e3', 'abc.1.1', 'ABC.1', 'abc.99999999999999999', 'abcdef012345.1'])(
  'a place that is none of this store is refused: `%s`',
  async (after) => {
    await expect(take(0, { after })).rejects.toMatchObject({ code: 'CURSOR_UNFIT' });
  },
);

test('both streams end when the supervisor is closed', async () => {
  record('r1');
  const ended = async (stream: AsyncIterable<unknown>): Promise<number> => {
    let count = 0;
    for await (const _ of stream) count += 1;
    return count;
  };
  const [all, one] = [supervisor.followAll(), supervisor.follow('r1')].map(ended);
  await immediate();
  await supervisor.close();
  expect(await Promise.all([all, one])).toEqual([1, 1]);
});

test('what an older version has recorded is ordered by its time', async () => {
  const old = join(temporaryDirectory(), 'old');
  openStore(old).close();
  const file = join(old, 'contractor.db');
  rmSync(file);
  const database = openDatabase(file);
  migrate(database, { migrations: MIGRATIONS.slice(0, 6), trees: join(old, 'trees') });
  for (const run of ['a', 'b'])
    database.exec(`INSERT INTO runs (id, created_at, spec_name, spec_digest, options, spec, spec_text)
      VALUES ('${run}', 1, 's', 'd', '{}', '{}', '')`);
  for (const [run, seq, at] of [
    ['a', 1, 10],
    ['a', 2, 40],
    ['b', 1, 20],
    ['b', 2, 30],
  ] as const) {
    database.run('INSERT INTO events VALUES (?, ?, ?, ?)', run, seq, at, '{"type":"project-started","project":"p"}');
  }
  database.close();
  const newer = createSupervisor({ store: old, bootId: 'first' });
  expect((await take(4, {}, newer)).flatMap(namesOf)).toEqual(['a/1', 'b/1', 'b/2', 'a/2']);
  await newer.close();
});

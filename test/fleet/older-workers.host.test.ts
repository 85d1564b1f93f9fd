import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { customAlphabet } from 'nanoid';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { migrate } from '../../fleet/migrate.ts';
import { MIGRATIONS } from '../../fleet/migrations/migrations.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import * as today from '../../fleet/open-fleet.ts';
import { allEvents, logEnd } from '../../fleet/read-runs.ts';
import { exchangeAt } from '../../fleet/artifact-exchange.ts';
import { submitRun } from '../../fleet/submit-run.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { olderFleet, olderVersions } from './older/older-fleet.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';
import { gate, openTestFleet, removeStore, startWorker } from './workers.ts';
import type { TestFleet } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
const newId = customAlphabet('0123456789abcdefghjkmnpqrstuvwxyz', 10);
const WORKER = join(import.meta.dirname, 'older/worker.ts');
const known = MIGRATIONS.length;
/** On a busy host a worker is long in starting from the sources. */
const PATIENT = { timeout: 200_000 };

test('[A-284] a worker is kept of each version of the schema that there was', () => {
  expect(olderVersions()).toEqual(MIGRATIONS.slice(1).map((_, index) => index + 1));
});

/** The second takes what the first makes, which waits for {@link gate} where it is told to. */
const projectsOf = (script: string): object[] => [
  project('first', [onTiny, shell(`${script}; echo made > made; chmod 644 made`), publish('part')]),
  project('second', [onTiny, unpack('part'), shell('cat made')]),
];

describe.skipIf(lacking).each(olderVersions())('a worker that knows version %i of the schema', (version) => {
  let postgres: Postgres;
  let store: TestStore;
  beforeAll(async () => {
    [postgres, store] = await Promise.all([startPostgres(), openTestStore()]);
  });
  afterAll(async () => {
    await postgres?.close();
    await store?.close();
  });

  const place = (): string => join(store.work, 'shared');
  const hand = async (
    { submitRun: submit, exchangeAt: exchange }: { submitRun: typeof submitRun; exchangeAt: typeof exchangeAt },
    fleet: Fleet,
    projects: readonly object[],
  ): Promise<string> =>
    await submit(
      { source: { value: { projects }, directory: store.work }, options: { noCache: true } },
      {
        ...fleet,
        supervisor: store.supervisor,
        exchange: exchange(place(), store.supervisor.artifacts),
        now: Date.now,
        newId,
        patience: { giveUpAfterMs: 0, now: () => performance.now(), name: fleet.database.name },
      },
    );
  const endOf = async ({ database }: Fleet, run: string): Promise<readonly BuildEvent[]> =>
    await vi.waitFor(async () => {
      const events = await allEvents(database, run);
      expect(events.at(-1)).toMatchObject({ type: 'run-ended' });
      return events;
    }, PATIENT);
  const told = (events: readonly BuildEvent[]): string[] =>
    events
      .filter(({ type }) => type !== 'step-progress')
      .map((event) => [event.type, 'project' in event && event.project, 'step' in event && event.step].join(' '));

  test(
    '[A-284] goes on while a newer program migrates the database: claims, builds, tells and ends',
    { timeout: 600_000 },
    async () => {
      const older = await olderFleet(version);
      const url = postgres.newDatabase();
      await using before = await older.openFleet(url);
      const own = join(store.work, 'older');
      const worker = startWorker(own, [WORKER, String(version), own, url, place()]);
      try {
        const whole = told(await endOf(before, await hand(older, before, projectsOf('true'))));
        const running = await hand(older, before, projectsOf(gate('go')));
        await vi.waitFor(
          async () =>
            expect(await before.database.query('select 1 from contractor.logs where run = $1', [running])).not.toEqual(
              [],
            ),
          PATIENT,
        );
        expect(await before.database.query('select max(number) as number from contractor.migrations')).toEqual([
          { number: version },
        ]);

        await using after = await today.openFleet(url);
        expect(await after.database.query('select max(number) as number from contractor.migrations')).toEqual([
          { number: known },
        ]);
        await worker.open('go');
        expect(told(await endOf(after, running))).toEqual(whole);
        // What either hands in, it builds.
        const handed = [
          await hand(older, before, projectsOf('true')),
          await hand({ submitRun, exchangeAt }, after, projectsOf('true')),
        ];
        for (const run of handed) {
          const events = await endOf(after, run);
          expect(told(events)).toEqual(whole);
          expect(events.at(-1)).toMatchObject({ result: 'built' });
          const attempt = events.findLast((event) => event.type === 'step-started')!.attemptId;
          expect((await logEnd(after.database, { run, attempt, maxBytes: 100 })).toString()).toBe('made\n');
        }
        expect(
          await after.database.query(
            `select state, worker, count(*)::integer from contractor.projects group by state, worker`,
          ),
        ).toEqual([{ state: 'built', worker: 'older', count: 8 }]);
        await worker.end();
        expect(worker.said()).not.toMatch(/Error|lost/);
        expect(worker.child.exitCode).toBe(0);
      } finally {
        await worker.kill();
        if (existsSync(own)) await removeStore(own);
      }
    },
  );
});

describe.skipIf(lacking)('a worker whose database a newer program migrates', () => {
  let rig: TestFleet;
  beforeAll(async () => {
    rig = await openTestFleet();
  });
  afterAll(() => rig?.close());

  const further = { sql: 'create table contractor.further (one integer)', oldest: known };

  test('[A-285] goes on, and is started again, as long as the database is for its version', async () => {
    const worker = rig.worker('one');
    const run = await rig.submit(projectsOf(gate('go')));
    await rig.running(run);
    await migrate(rig.fleet.database, [...MIGRATIONS, further]);
    await worker.kill();
    const again = rig.worker('one');
    await vi.waitFor(() => expect(again.said()).toContain('began'));
    await again.open('go');
    expect((await rig.eventsUntil(run, ({ type }) => type === 'run-ended')).at(-1)).toMatchObject({ result: 'built' });
    await again.end();
  });

  test('[A-285] ends with a clear refusal when it is for newer programs only, tells nothing more, and is not started again', async () => {
    const worker = rig.worker('two');
    const run = await rig.submit(projectsOf(gate('never')));
    await rig.running(run);
    const before = (await allEvents(rig.fleet.database, run)).length;
    await migrate(rig.fleet.database, [...MIGRATIONS, further, { sql: 'select 1', oldest: known + 2 }]);
    const refusal = `can be used by programs that know its version ${known + 2}; this contractor knows ${known}`;
    await vi.waitFor(() => expect(worker.child.exitCode).toBe(3));
    expect(worker.said()).toContain(refusal);
    expect(worker.said()).toContain('Use the newer contractor on this host too.');
    expect((await allEvents(rig.fleet.database, run)).length).toBe(before);
    const again = rig.worker('two');
    await vi.waitFor(() => expect(again.child.exitCode).toBe(3));
    expect(again.said()).toContain(refusal);
    expect(await rig.command(['status', run])).toMatchObject({ status: 3, stderr: expect.stringContaining(refusal) });
  });
});

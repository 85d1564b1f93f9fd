import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openFleet } from '../../fleet/open-fleet.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import { tellHoldings } from '../../fleet/placement/holdings.ts';
import { whatToTake } from '../../fleet/placement/what-to-take.ts';
import { announceWorker } from '../../fleet/placement/workers.ts';
import { advanceRun, lockRun } from '../../fleet/records.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { onTiny, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';
import { gate, openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const traits = { architecture: 'amd64', memoryBytes: 2 ** 33, labels: [] };
const SIZE = 5_000_000;

describe.skipIf(postgresPrograms() === undefined)('who takes what is ready', () => {
  let postgres: Postgres;
  let fleet: Fleet;
  let runs = 0;
  beforeAll(async () => {
    postgres = await startPostgres();
    fleet = await openFleet(postgres.url);
    for (const name of ['near', 'far']) await announceWorker(fleet.database, { name, traits, jobs: 1 });
    await tellHoldings(fleet.database, 'near', new Map([['d1', SIZE]]));
    await tellHoldings(fleet.database, 'far', new Map([['d2', SIZE]]));
  });
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await postgres?.close();
  });

  /** A run of projects that are ready, by their names with the digest that each takes. */
  async function ready(takes: Readonly<Record<string, string>>): Promise<string> {
    const run = `r${(runs += 1)}`;
    await fleet.database.transaction(async (queries) => {
      await queries.query(
        `insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ($1, 1, 'n', '', '{}')`,
        [run],
      );
      for (const [name, digest] of Object.entries(takes)) {
        await queries.query(
          `insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue)
           values ($1, $2, 0, '{}', $3, '{}', '1', 'project')`,
          [run, name, [`of-${name}`]],
        );
        await queries.query('insert into contractor.run_artifacts values ($1, $2, $3)', [run, `of-${name}`, digest]);
      }
      await advanceRun(queries, (await lockRun(queries, run))!, { queue: fleet.queue, now: 1 });
    });
    return run;
  }

  /** What a worker with one free slot fetches at one look, and is then done with. */
  async function fetchedBy(worker: 'near' | 'far'): Promise<string | undefined> {
    const digest = worker === 'near' ? 'd1' : 'd2';
    const list = () => [{ name: 'x', version: 1, digest, entries: 1, files: 1, sizeBytes: SIZE, createdAt: 1 }];
    const { database, queue } = fleet;
    for (const { queue: name, rounds } of await whatToTake({
      database,
      worker,
      traits,
      turn: 0,
      artifacts: { list },
    })) {
      for (const passedOver of rounds) {
        const [job] = await queue.fetch(name, 1, passedOver);
        if (job === undefined) continue;
        await queue.complete(database, name, job);
        await database.query(`update contractor.projects set state = 'built' where run = $1 and name = $2`, [
          job.data.run,
          job.data.project,
        ]);
        return job.data.project;
      }
    }
    return undefined;
  }

  test('[A-277] is the one that has what it takes, though another asks first', async () => {
    await ready({ one: 'd1' });
    expect(await fetchedBy('far')).toBeUndefined();
    expect(await fetchedBy('near')).toBe('one');
  });

  test('[A-277] takes what it has first, also when that was put there later', async () => {
    const run = await ready({ other: 'd2', own: 'd1' });
    await fleet.database.query(
      `update contractor.projects set ready_at = now() - interval '9 seconds' where run = $1 and name = 'other'`,
      [run],
    );
    expect(await fetchedBy('near')).toBe('own');
    expect(await fetchedBy('near')).toBe('other');
  });

  test('[A-278] is any when the time is over, when that one is busy, and when it does not live', async () => {
    const { database } = fleet;
    const run = await ready({ late: 'd1' });
    await database.query(`update contractor.projects set ready_at = now() - interval '2 seconds' where run = $1`, [
      run,
    ]);
    expect(await fetchedBy('far')).toBe('late');

    const busy = await ready({ wanted: 'd1' });
    await database.query(
      `insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue, state, worker)
       values ($1, 'held', 1, '{}', '{}', '{}', '1', 'project', 'running', 'near')`,
      [busy],
    );
    expect(await fetchedBy('far')).toBe('wanted');
    await database.query(`update contractor.projects set state = 'built' where run = $1`, [busy]);

    await database.query(`update contractor.workers set until = now() where name = 'near'`);
    await ready({ lonely: 'd1' });
    expect(await fetchedBy('far')).toBe('lonely');
    await announceWorker(database, { name: 'near', traits, jobs: 1 });
  });

  test('[A-278] is any for what an older contractor has made ready, and rows that say nothing end no worker', async () => {
    const { database, queue } = fleet;
    const odd = { odd: '[1]', odder: '{"d1":"much"}', oddest: '"d1"' };
    for (const [name, holds] of Object.entries(odd)) {
      await database.query(
        `insert into contractor.workers (name, traits, jobs, until, holds) values ($1, $2, 9, now() + interval '1 hour', $3)`,
        [name, JSON.stringify(name === 'oddest' ? 7 : traits), holds],
      );
    }
    await ready({ fine: 'd1' });
    expect(await fetchedBy('near')).toBe('fine');
    const run = await ready({ old: 'd1' });
    const [row] = await database.query<{ job: string }>('select job from contractor.projects where run = $1', [run]);
    await database.query('update contractor.projects set needs = null, ready_at = null where run = $1', [run]);
    await database.query('update contractor_queue.job set group_id = null where id = $1', [row?.job]);
    expect(await fetchedBy('far')).toBe('old');
    expect(await queue.fetch('project', 5)).toEqual([]);
  });
});

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;

describe.skipIf(lacking)('workers of which one has what a project takes', () => {
  let rig: TestFleet;
  let near: Worker;
  let far: Worker;
  beforeAll(async () => {
    rig = await openTestFleet();
  });
  afterAll(() => rig?.close());
  const ended = (event: BuildEvent): boolean => event.type === 'run-ended';
  const USERS = ['u1', 'u2', 'u3', 'u4', 'u5'];

  test('[A-277] leave it to that one', async () => {
    near = rig.worker('near');
    const large = 'head -c 3000000 /dev/zero | tr "\\0" x > large; chmod 644 large';
    const run = await rig.submit([
      project('base', [onTiny, shell(`${gate('base')}; ${large}`), publish('base')]),
      ...USERS.map((name, index) =>
        project(name, [onTiny, unpack('base'), shell('test -s large')], {
          'depends-on': [index === 0 ? 'base' : USERS[index - 1]],
        }),
      ),
    ]);
    await rig.running(run);
    far = rig.worker('far');
    await vi.waitFor(() => expect(far.said()).toContain('builds for'));
    await near.open('base');
    expect((await rig.eventsUntil(run, ended)).at(-1)).toMatchObject({ result: 'built' });
    await vi.waitFor(() => expect(near.said().match(/ built$/gm)).toHaveLength(1 + USERS.length));
    expect(far.said()).not.toContain(' began');
  });

  test('[A-278] take it when that one, which lives as far as anybody knows, does not', async () => {
    const run = await rig.submit([
      project('again', [onTiny, shell(gate('again')), publish('again')]),
      project('user', [onTiny, unpack('base'), shell('test -s large')], { 'depends-on': ['again'] }),
      project('base', [
        onTiny,
        shell('head -c 3000000 /dev/zero | tr "\\0" x > large; chmod 644 large'),
        publish('base'),
      ]),
    ]);
    await rig.running(run);
    const [one, other] = near.said().includes(`${run}:again began`) ? [near, far] : [far, near];
    await rig.eventsUntil(run, (event) => event.type === 'project-ended' && event.project === 'base');
    other.child.kill('SIGSTOP');
    await one.open('again');
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    await vi.waitFor(() => expect(one.said()).toContain(`${run}:user built`));
    other.child.kill('SIGCONT');
  });
});

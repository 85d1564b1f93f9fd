import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ClaimLost, claimProject, ownClaims, underClaim, whileClaimed } from '../../fleet/claim.ts';
import type { ClaimedProject, ClaimPlace } from '../../fleet/claim.ts';
import { recordShared, sharedSteps, voidFrom } from '../../fleet/checkpoints/shared-steps.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import { isTimeToRecover } from '../../fleet/pulse.ts';
import { QUEUE } from '../../fleet/queue.ts';
import type { FetchedJob } from '../../fleet/queue.ts';
import { recordEvents } from '../../fleet/records.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

const lacking = postgresPrograms() === undefined;
let postgres: Postgres;
let fleet: Fleet;
let job: FetchedJob;
let runs = 0;

beforeAll(async () => {
  if (lacking) return;
  postgres = await startPostgres();
  fleet = await openFleet(postgres.url);
});
afterAll(async () => {
  await fleet?.[Symbol.asyncDispose]();
  await postgres?.close();
});

const place = (holder: string): ClaimPlace => ({
  ...fleet,
  queueName: QUEUE,
  worker: 'w',
  holder,
  now: Date.now,
});

/** A run with a project that waits, and the job of it as somebody has fetched it. */
beforeEach(async () => {
  if (lacking) return;
  const { database, queue } = fleet;
  const run = `run${(runs += 1)}`;
  await database.transaction(async (queries) => {
    await queries.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ($1, 1, 'n', '', '{}')`,
      [run],
    );
    const [id] = await queue.send(queries, QUEUE, [{ data: { run, project: 'p' }, group: 'g' }]);
    await queries.query(
      `insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue, state, job)
       values ($1, 'p', 0, '{}', '{}', '{}', '1', $2, 'ready', $3)`,
      [run, QUEUE, id],
    );
  });
  [job] = (await queue.fetch(QUEUE, 1)) as [FetchedJob];
});

const claimed = async (holder: string, retryCount = 0): Promise<ClaimedProject> =>
  (await claimProject({ ...job, retryCount }, place(holder)))!;

/** Tells that the project was begun, as a worker does that holds a claim and has told so much before. */
async function tell({ claim }: ClaimedProject, told: number): Promise<void> {
  await underClaim(fleet.database, { claim, told }, async (queries) => {
    await recordEvents(queries, claim.run, [{ type: 'project-started', at: 1, project: claim.project }]);
  });
}

async function toldOf({ claim }: ClaimedProject): Promise<number> {
  const rows = await fleet.database.query('select 1 from contractor.events where run = $1', [claim.run]);
  return rows.length;
}

const nothing = async (): Promise<void> => undefined;

describe.skipIf(lacking)('[A-272] a claim to a project', () => {
  test('holds for whoever has it', async () => {
    const one = await claimed('a');
    await tell(one, 0);
    await tell(one, 1);
    await whileClaimed(fleet.database, one.claim, nothing);
    expect(await toldOf(one)).toBe(2);
  });

  test('ends when the job is fetched once more, also by the very process that had it', async () => {
    const before = await claimed('a');
    await tell(before, 0);
    const after = await claimed('a', 1);
    await expect(tell(before, 0)).rejects.toThrow(ClaimLost);
    await expect(tell(before, 1)).rejects.toThrow(ClaimLost);
    await expect(whileClaimed(fleet.database, before.claim, nothing)).rejects.toThrow(ClaimLost);
    await tell(after, 0);
    expect(await toldOf(after)).toBe(2);
    // What was fetched earlier and is claimed later is nobody's any more.
    expect(await claimProject(job, place('b'))).toBeUndefined();
  });

  test('ends when another process of the same worker comes', async () => {
    const before = await claimed('a');
    await tell(before, 0);
    const own = await ownClaims(place('b'));
    const after = own.find(({ claim }) => claim.run === before.claim.run)!;
    expect(after.told).toBe(1);
    await expect(tell(before, 1)).rejects.toThrow(ClaimLost);
    await expect(whileClaimed(fleet.database, before.claim, nothing)).rejects.toThrow(ClaimLost);
    await tell(after, 1);
    expect(await toldOf(after)).toBe(2);
  });

  test('has what was written, and whose answer got lost, written once', async () => {
    const one = await claimed('a');
    await tell(one, 0);
    await tell(one, 0);
    expect(await toldOf(one)).toBe(1);
    await tell(one, 1);
    expect(await toldOf(one)).toBe(2);
    await expect(tell(one, 0)).rejects.toThrow(ClaimLost);
    await expect(tell(one, 5)).rejects.toThrow(ClaimLost);
    expect(await toldOf(one)).toBe(2);
  });

  test('[A-283] lets a step be shared as long as it holds, and what comes late is told to nobody', async () => {
    const { database } = fleet;
    const one = await claimed('a');
    const step = { step: '1-x', attempt: 'abcdef', number: 1, startedAt: 1, endedAt: 2, receipt: null, tree: null };
    const share = async ({ claim }: ClaimedProject, worker: string, position: number): Promise<void> =>
      await whileClaimed(database, claim, async (queries) => {
        await recordShared(queries, claim, { worker, steps: new Map([[position, step]]) });
      });
    const known = async (): Promise<readonly string[]> =>
      (await sharedSteps(database, one.claim)).map(({ worker }) => worker);
    await share(one, 'w', 0);
    await share(one, 'w', 1);
    await share(one, 'w', 2);
    const other = await claimed('b', 1);
    await expect(share(one, 'w', 3)).rejects.toThrow(ClaimLost);
    expect(await known()).toEqual(['w', 'w', 'w']);
    // The other goes on behind the first: what came after it is of a line that has come to nothing.
    await whileClaimed(database, other.claim, async (queries) => await voidFrom(queries, other.claim, 1));
    expect(await known()).toEqual(['w']);
    await share(other, 'v', 2);
    expect(await known()).toEqual(['w']);
    await share(other, 'v', 1);
    expect(await known()).toEqual(['w', 'v', 'v']);
    // What others have written there is no step.
    await database.query(`update contractor.checkpoints set step = '7' where run = $1 and position = 1`, [
      one.claim.run,
    ]);
    expect(await known()).toEqual(['w']);
  });

  test('is given to no fifth worker when four were lost with it', async () => {
    for (let times = 0; times < 4; times += 1) expect(await claimed(`w${times}`, times)).toBeDefined();
    expect(await claimProject({ ...job, retryCount: 4 }, place('w4'))).toBeUndefined();
    const [row] = await fleet.database.query(
      `select state, result from contractor.projects p join contractor.runs r on r.id = p.run where run = $1`,
      [job.data.run],
    );
    expect(row).toEqual({ state: 'failed', result: 'failed' });
  });
});

describe.skipIf(lacking)('[A-272] workers are looked for that are lost', () => {
  const lookedAt = async (when: string): Promise<boolean> => {
    await fleet.database.query(`update contractor.pulse set looked_at = ${when}, due_at = now() - interval '1 second'`);
    return await isTimeToRecover(fleet.database);
  };

  test('now and then', async () => {
    await vi.waitFor(async () => expect(await lookedAt(`now() - interval '3 seconds'`)).toBe(true));
    expect(await lookedAt('now()')).toBe(false);
  });

  test('not before all had the time to say that they live', async () => {
    expect(await lookedAt(`now() - interval '1 hour'`)).toBe(false);
    // Nor at the next look.
    await fleet.database.query(`update contractor.pulse set looked_at = now() - interval '3 seconds'`);
    expect(await isTimeToRecover(fleet.database)).toBe(false);
  });

  test('not by a server that has started since, and so was not there to hear them', async () => {
    await postgres.crash();
    await postgres.start();
    expect(await lookedAt(`pg_postmaster_start_time() - interval '2500 milliseconds'`)).toBe(false);
  });
});

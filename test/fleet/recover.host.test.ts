import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openFleet } from '../../fleet/open-fleet.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import { isTimeToRecover } from '../../fleet/pulse.ts';
import { QUEUE } from '../../fleet/queue.ts';
import type { FetchedJob } from '../../fleet/queue.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

const lacking = postgresPrograms() === undefined;
let postgres: Postgres;
let fleet: Fleet;
let job: FetchedJob;

beforeAll(async () => {
  if (!lacking) postgres = await startPostgres();
});
afterAll(() => postgres?.close());

/** A worker that has fetched a project. */
beforeEach(async () => {
  if (lacking) return;
  fleet = await openFleet(postgres.newDatabase());
  await fleet.queue.send(fleet.database, QUEUE, [{ data: { run: 'r', project: 'p' }, group: 'g' }]);
  [job] = (await fleet.queue.fetch(QUEUE, 1)) as [FetchedJob];
});
afterEach(() => fleet?.[Symbol.asyncDispose]());

const heardOf = async (when: string): Promise<unknown> =>
  await fleet.database.query(`update contractor_queue.job set heartbeat_on = now() - interval '${when}'`);
const lookedAt = async (when: string): Promise<unknown> =>
  await fleet.database.query(`update contractor.pulse set looked_at = now() - interval '${when}'`);
/** As if the database had run for that long: a server that has just started has heard nobody. */
const runsForLong = async (): Promise<void> => {
  await vi.waitFor(async () => {
    expect(
      await fleet.database.query(`select now() - pg_postmaster_start_time() > interval '4 seconds' as for_long`),
    ).toEqual([{ for_long: true }]);
  });
};
const isGivenBack = async (): Promise<boolean> => await fleet.queue.isGivenBack(QUEUE, job.id);

describe.skipIf(lacking)('[A-286] the project of a worker that has not been heard of', () => {
  test('is given to another when somebody has looked all the time', async () => {
    await runsForLong();
    await fleet.database.query(`update contractor.pulse set due_at = now() - interval '1 second'`);
    await heardOf('11 seconds');
    await lookedAt('3 seconds');
    await fleet.queue.recover();
    expect(await isGivenBack()).toBe(true);
    expect(await fleet.queue.touch(QUEUE, job)).toBe(false);
    const [again] = await fleet.queue.fetch(QUEUE, 1);
    expect(again).toMatchObject({ id: job.id, retryCount: 1 });
  });

  test('stays its own when nobody could be heard, for as long as it takes to say that it lives', async () => {
    await runsForLong();
    await fleet.database.query(`update contractor.pulse set due_at = now() - interval '1 hour'`);
    await heardOf('1 hour');
    await lookedAt('1 hour');
    await fleet.queue.recover();
    await lookedAt('3 seconds');
    await fleet.queue.recover();
    expect(await isGivenBack()).toBe(false);
    expect(await fleet.queue.touch(QUEUE, job)).toBe(true);
    // Who has said it is not taken to be lost when the time is up.
    await fleet.database.query(`update contractor.pulse set due_at = now()`);
    await lookedAt('3 seconds');
    await fleet.queue.recover();
    expect(await isGivenBack()).toBe(false);
  });

  test('is looked for by one of all who come at the same time', async () => {
    await runsForLong();
    await fleet.database.query(`update contractor.pulse set due_at = now() - interval '1 second'`);
    await lookedAt('3 seconds');
    const looks = await Promise.all(Array.from({ length: 6 }, async () => await isTimeToRecover(fleet.database)));
    expect(looks.filter(Boolean)).toHaveLength(1);
  });
});

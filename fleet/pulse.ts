import type { Queries } from './database.ts';

/** After so long without a touch a worker is taken to be dead, in seconds. pg-boss takes no less. */
export const HEARTBEAT_S = 10;

/** Often enough, and at most so often, however many workers there are. */
const LOOK_S = 2;

/**
 * Whether this is the moment, and this the worker, to give projects of lost workers to others.
 *
 * A worker is lost that has not said for a while that it lives. But when nobody could say so, as the database was away or
 * the network cut, that tells nothing: then nobody has looked here either, and all get the time of a heartbeat first. All
 * by the clock of the database.
 */
export async function isTimeToRecover(queries: Queries): Promise<boolean> {
  const [row] = await queries.query<{ due: boolean }>(
    `update contractor.pulse set looked_at = now(), due_at =
       case when looked_at < greatest(now() - $1 * interval '1 second', pg_postmaster_start_time())
         then now() + $1 * interval '1 second' else due_at end
     where looked_at < now() - $2 * interval '1 second'
     returning due_at <= now() as due`,
    [HEARTBEAT_S, LOOK_S],
  );
  return row?.due === true;
}

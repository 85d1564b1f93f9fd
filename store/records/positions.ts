import type { Database } from '../database.ts';

/** The last place that was given in the order of all events, as SQL: see `event-order.ts`. */
export const NEWEST_POSITION: string = `max(
  coalesce((SELECT max(position) FROM events), 0), coalesce((SELECT max(position) FROM stream_marks), 0))`;

/** The place of what is recorded now, for whoever inserts it in the same statement. */
export const NEXT_POSITION: string = `${NEWEST_POSITION} + 1`;

/** Notes that a run is forgotten, as long as its events are there. */
export function markForgotten(database: Database, run: string): void {
  database.run(
    `INSERT INTO stream_marks (position, run, newest)
     SELECT ${NEXT_POSITION}, id, coalesce((SELECT max(position) FROM events WHERE run = id), 0)
     FROM runs WHERE id = ? AND forgotten_at IS NULL`,
    run,
  );
}

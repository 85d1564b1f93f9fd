import { assert } from '../../errors.ts';
import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';
import { NEXT_POSITION } from './positions.ts';

/** An event of a run. `seq` counts 1, 2, 3, … in each run, without a gap. */
export interface EventRecord {
  readonly seq: number;
  readonly at: number;
  /** Opaque JSON. */
  readonly event: unknown;
}

export interface EventRecords {
  /** Its `seq`. */
  appendEvent(run: string, event: { at: number; event: unknown }): number;
  /** Events after `seq` (0: from the first), oldest first, at most `limit`. */
  eventsSince(run: string, seq: number, limit?: number): EventRecord[];
  /** Events whose JSON has this `type`, oldest first. */
  eventsOfType(run: string, type: string): EventRecord[];
}

interface EventRow {
  readonly seq: number;
  readonly at: number;
  readonly event: string;
}

function eventOfRow(row: EventRow, run: string): EventRecord {
  return { ...row, event: valueOfColumn(row.event, `event ${row.seq} of run ${run}`) };
}

export function eventRecords(database: Database): EventRecords {
  return {
    appendEvent(run, { at, event }) {
      // One statement finds the numbers and takes them, so two processes never get the same.
      const [row] = database.all<{ seq: number }>(
        `INSERT INTO events (run, seq, at, event, position)
         SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ${NEXT_POSITION} FROM events WHERE run = ?1 RETURNING seq`,
        run,
        at,
        jsonColumn(event),
      );
      assert(row);
      return row.seq;
    },

    eventsSince: (run, seq, limit = -1) =>
      database
        .all<EventRow>(
          'SELECT seq, at, event FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?',
          run,
          seq,
          limit,
        )
        .map((row) => eventOfRow(row, run)),

    eventsOfType: (run, type) =>
      database
        .all<EventRow>(
          `SELECT seq, at, event FROM events WHERE run = ? AND json_extract(event, '$.type') = ? ORDER BY seq`,
          run,
          type,
        )
        .map((row) => eventOfRow(row, run)),
  };
}

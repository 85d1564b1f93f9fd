import assert from 'node:assert/strict';
import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';

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
}

export function eventRecords(database: Database): EventRecords {
  return {
    appendEvent(run, { at, event }) {
      // One statement finds the number and takes it, so two processes never get the same one.
      const [row] = database.all<{ seq: number }>(
        `INSERT INTO events (run, seq, at, event)
         SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3 FROM events WHERE run = ?1 RETURNING seq`,
        run,
        at,
        jsonColumn(event),
      );
      assert(row);
      return row.seq;
    },

    eventsSince: (run, seq, limit = -1) =>
      database
        .all<{ seq: number; at: number; event: string }>(
          'SELECT seq, at, event FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?',
          run,
          seq,
          limit,
        )
        .map((row) => ({ ...row, event: valueOfColumn(row.event, `event ${row.seq} of run ${run}`) })),
  };
}

import type { Database } from '../database.ts';

/** How long a step took. */
export interface StepDuration {
  readonly project: string;
  readonly step: string;
  readonly durationMs: number;
}

export interface DurationRecords {
  /** Of each step how long it took when it last succeeded, in the newest runs of the same file before this one. */
  lastDurations(run: string): StepDuration[];
}

/** Older runs tell little of how long a step takes now, and there may be thousands. */
const RUNS_BACK = 5;

export function durationRecords(database: Database): DurationRecords {
  return {
    lastDurations: (run) =>
      // SQLite takes the other columns from the row that has the maximum.
      database
        .all<{ project: string; step: string; ms: number }>(
          `SELECT project, step, ended_at - started_at AS ms, max(ended_at)
           FROM attempts
           WHERE outcome_type = 'succeeded' AND json_extract(outcome, '$.byHand') IS NULL AND reused_from IS NULL AND run IN (
             SELECT before.id FROM runs AS before JOIN runs AS this ON this.id = ?
             WHERE before.source = this.source AND before.created_at <= this.created_at AND before.id <> this.id
             ORDER BY before.created_at DESC LIMIT ${RUNS_BACK})
           GROUP BY project, step`,
          run,
        )
        .map(({ project, step, ms }) => ({ project, step, durationMs: ms })),
  };
}

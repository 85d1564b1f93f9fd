import { assert } from '../../errors.ts';
import type { Database } from '../database.ts';
import { jsonColumn } from '../json-column.ts';
import { ATTEMPT_COLUMNS, attemptOfRow } from './attempts.ts';
import type { AttemptRecord, AttemptRow } from './attempts.ts';

/** What is wanted: a result with this key, rather of this project; older than a time, and not of a run. */
export interface WantedResult {
  readonly project: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly before: number;
  readonly notOf: string;
}

/** Results of earlier runs, found again. */
export interface ReuseRecords {
  /** An attempt that has succeeded with this key: the newest one of the project, else the newest of any. */
  findSucceeded(wanted: WantedResult): AttemptRecord | undefined;
  /** The newest attempt of a step over all runs that came to an end of its own. */
  lastEnded(project: string, step: string): AttemptRecord | undefined;
  /** The newest run in which a step of the project was run, and not taken over. */
  lastRunOf(project: string): string | undefined;
  /** Whether each of these attempts is still one that has succeeded with its key. */
  haveKeys(results: readonly { readonly attempt: string; readonly key: string }[]): boolean;
  /** Records how a project of a run has ended whose machine was never needed. */
  settleProject(run: string, project: string, state: string): void;
}

export function reuseRecords(database: Database): ReuseRecords {
  const first = (sql: string, ...parameters: (string | number)[]): AttemptRecord | undefined => {
    const [row] = database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE ${sql} LIMIT 1`, ...parameters);
    return row && attemptOfRow(row);
  };
  return {
    findSucceeded: ({ project, key, before, notOf }) =>
      first(
        `project = ? AND step_key = ? AND outcome_type = 'succeeded' AND run <> ? ORDER BY rowid DESC`,
        project,
        key,
        notOf,
      ) ??
      // The first step of many projects has one key: thousands of rows of the run itself, of which none is looked at.
      first(
        `step_key = ? AND outcome_type = 'succeeded' AND started_at < ? AND run <> ? ORDER BY started_at DESC`,
        key,
        before,
        notOf,
      ),
    lastEnded: (project, step) =>
      first(
        `project = ? AND step = ? AND outcome_type NOT IN ('cancelled', 'interrupted') ORDER BY rowid DESC`,
        project,
        step,
      ),
    lastRunOf: (project) => first('project = ? AND reused_from IS NULL ORDER BY rowid DESC', project)?.run,
    haveKeys(results) {
      const [found] = database.all<{ count: number }>(
        `SELECT count(*) AS count FROM json_each(?) AS each CROSS JOIN attempts AS made ON made.id = each.value ->> 'attempt'
         WHERE step_key = each.value ->> 'key' AND outcome_type = 'succeeded'`,
        jsonColumn(results),
      );
      return found?.count === results.length;
    },
    settleProject(run, project, state) {
      const changes = database.run(
        `UPDATE projects SET state = ? WHERE run = ? AND name = ? AND save IS NULL`,
        state,
        run,
        project,
      );
      assert(changes === 1, `project ${project} of run ${run} has begun`);
    },
  };
}

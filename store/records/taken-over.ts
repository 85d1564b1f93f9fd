import type { Database } from '../database.ts';
import { jsonColumn } from '../json-column.ts';
import { toldApart } from './told-time.ts';

/** A step of a run that takes over what an ended attempt of another run has made. */
export interface TakenOver {
  /** Of the attempt that it will be. */
  readonly id: string;
  readonly project: string;
  readonly step: string;
  /** The attempt that it is taken over from. */
  readonly from: string;
  /** Opaque JSON, where it differs from what that attempt has left. */
  readonly result?: unknown;
}

/**
 * A run of which everything is up to date has thousands of attempts that say nothing new, and mostly nobody ever asks for one.
 * So they are noted in one text beside the run, and become rows when somebody does ask, or is about to change or
 * remove those they are taken over from. Who reads attempts by their run never sees the difference.
 */
export interface TakenOverRecords {
  /** What a run that is being created takes over, all of it at one time, in milliseconds since 1970; `toldAt` where that is told otherwise. */
  noteTakenOver(
    run: string,
    steps: readonly TakenOver[],
    when: { readonly bootId: string; readonly at: number; readonly toldAt?: number },
  ): void;
}

/** The other side, for the records that look at attempts. */
export interface WritesOut {
  /** Makes rows of what a run has taken over. */
  writeOut(run: string): void;
  /** The same of every run: for who looks at attempts whatever their run, or changes one that others may have taken over. */
  writeOutAll(): void;
}

export function takenOverRecords(database: Database): TakenOverRecords & WritesOut {
  const writeOut = (run: string): void => {
    if (database.all('SELECT 1 FROM taken_over WHERE run = ?', run).length === 0) return;
    database.transaction(() => {
      // Another process may have done it since: then there is no text, and no row comes of it.
      database.run(INSERT, run);
      database.run('DELETE FROM taken_over WHERE run = ?', run);
    });
  };
  return {
    noteTakenOver: (run, steps, { bootId, at, toldAt }) => {
      const text = jsonColumn(steps);
      const into = 'INSERT INTO taken_over (run, boot_id, at, told_at, steps) VALUES (?, ?, ?, ?, ?)';
      database.run(into, run, bootId, at, toldApart(toldAt, at), text);
    },
    writeOut,
    writeOutAll: () => {
      for (const { run } of database.all<{ run: string }>('SELECT run FROM taken_over ORDER BY rowid')) writeOut(run);
    },
  };
}

/** They are as durable as what they name. */
const INSERT = `
  INSERT INTO attempts (id, run, project, step, number, machine_attempt, keeper, boot_id, started_at, told_started_at,
    step_key, key_inputs, ended_at, told_ended_at, outcome_type, outcome, layer, result, reused_from, durable)
  SELECT each.value ->> '$.id', noted.run, each.value ->> '$.project', each.value ->> '$.step', 1, 1, '', noted.boot_id,
    noted.at, noted.told_at, made.step_key, made.key_inputs, noted.at, noted.told_at, made.outcome_type, made.outcome, made.layer,
    coalesce(each.value -> '$.result', made.result), coalesce(made.reused_from, made.id), made.durable
  FROM taken_over AS noted, json_each(noted.steps) AS each JOIN attempts AS made ON made.id = each.value ->> '$.from'
  WHERE noted.run = ?
  ORDER BY each.key`;

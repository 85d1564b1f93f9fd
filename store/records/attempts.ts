import { assert } from '../../errors.ts';
import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';
import { toldApart } from './told-time.ts';
import type { WritesOut } from './taken-over.ts';

/** An attempt that is about to start. Recorded before any process of it exists. */
export interface NewAttempt {
  readonly id: string;
  readonly run: string;
  readonly project: string;
  readonly step: string;
  /** 1 for the first attempt of a step in a run. */
  readonly number: number;
  /** The number by which the project's machine asked for it: an attempt that was cut off is run again under the same. */
  readonly machineAttempt: number;
  readonly keeper: string;
  readonly bootId: string;
  /** By the host's clock, as `deadlineAt` is. */
  readonly startedAt: number;
  /** Where that is told otherwise: see {@link AttemptRecord}. */
  readonly toldStartedAt?: number;
  readonly deadlineAt?: number;
  /** The hash of `keyInputs`, opaque JSON: everything that its result depends on. */
  readonly key?: string;
  readonly keyInputs?: unknown;
}

/** How an attempt ended; opaque but for its type. */
export interface AttemptOutcome {
  readonly type: string;
  readonly [detail: string]: unknown;
}

interface AttemptStart extends Omit<NewAttempt, 'deadlineAt' | 'toldStartedAt' | 'key' | 'keyInputs'> {
  /** By the clock of the program that has begun it: what people are shown, and nothing is compared with. */
  readonly toldStartedAt: number;
  readonly deadlineAt: number | null;
  readonly key: string | null;
  /** The attempt whose result was taken over instead of running anything. */
  readonly reusedFrom: string | null;
}

export type AttemptRecord = AttemptStart &
  (
    | { readonly type: 'running' }
    | {
        readonly type: 'ended';
        /** By the host's clock. */
        readonly endedAt: number;
        readonly toldEndedAt: number;
        readonly outcome: AttemptOutcome;
        /** The layer it left in the workspace. */
        readonly layer: string | null;
        /** Opaque JSON: what later steps need to know of it. */
        readonly result: unknown;
      }
  );

export interface AttemptRecords {
  beginAttempt(attempt: NewAttempt): void;
  /** `layer` may be recorded later in the same transaction. */
  endAttempt(
    id: string,
    end: {
      endedAt: number;
      toldEndedAt?: number;
      outcome: { readonly type: string };
      layer?: string;
      result?: unknown;
    },
  ): void;
  getAttempt(id: string): AttemptRecord | undefined;
  /** In the order in which they began. */
  listAttempts(run: string, project?: string): AttemptRecord[];
  /** Of the attempts that have left a result, the one that began last. */
  lastResult(run: string, project: string): AttemptRecord | undefined;
  /** Attempts of a run that are not recorded as ended: what there is to adopt, harvest or run again. */
  runningAttempts(run: string): AttemptRecord[];
  lastAttempt(run: string, project: string, step: string): AttemptRecord | undefined;
  /** The attempt that has succeeded; else the last that answers the machine's request number `machineAttempt`. */
  answeringAttempt(run: string, project: string, step: string, machineAttempt: number): AttemptRecord | undefined;
  /** Records that a step of `attempt.run` takes over what an ended attempt has made; `result` in its own words. */
  reuseAttempt(attempt: NewAttempt, from: AttemptRecord & { type: 'ended' }, result?: unknown): void;
  /** Nothing is taken over from this attempt. */
  forgetKey(id: string): void;
  /** Which keeper was the last to have an attempt of the project, and in which boot. */
  lastKeeper(run: string, project: string): { readonly keeper: string; readonly bootId: string } | undefined;
  /** How many steps of each project have succeeded. */
  stepsDone(run: string): ReadonlyMap<string, number>;
  /** What its result depended on. */
  keyInputs(id: string): unknown;
  /** An attempt of one of these runs with this key that is not recorded as ended. */
  runningWithKey(runs: readonly string[], key: string): AttemptRecord | undefined;
  /** Makes an attempt that has not ended one of another run, its first of that step. */
  moveAttempt(id: string, to: { readonly run: string; readonly step: string }): void;
  /** The attempt whose outcome is `succeeded`, if there is one. */
  succeededAttempt(run: string, project: string, step: string): AttemptRecord | undefined;
}

/** As the database has it. */
export interface AttemptRow {
  id: string;
  run: string;
  project: string;
  step: string;
  number: number;
  machine_attempt: number;
  step_key: string | null;
  reused_from: string | null;
  keeper: string;
  boot_id: string;
  started_at: number;
  told_started_at: number | null;
  deadline_at: number | null;
  ended_at: number | null;
  told_ended_at: number | null;
  outcome: string | null;
  layer: string | null;
  result: string | null;
}

export const ATTEMPT_COLUMNS = `SELECT id, run, project, step, number, machine_attempt, step_key, reused_from, keeper, boot_id, started_at, told_started_at, deadline_at, ended_at, told_ended_at, outcome, layer, result
  FROM attempts`;

export function attemptRecords(database: Database, { writeOut }: WritesOut): AttemptRecords {
  const beginAttempt: AttemptRecords['beginAttempt'] = (attempt) => {
    database.run(
      `INSERT INTO attempts (id, run, project, step, number, machine_attempt, keeper, boot_id, started_at, told_started_at,
         deadline_at, step_key, key_inputs, durable)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
      attempt.id,
      attempt.run,
      attempt.project,
      attempt.step,
      attempt.number,
      attempt.machineAttempt,
      attempt.keeper,
      attempt.bootId,
      attempt.startedAt,
      toldApart(attempt.toldStartedAt, attempt.startedAt),
      attempt.deadlineAt ?? null,
      attempt.key ?? null,
      attempt.keyInputs === undefined ? null : jsonColumn(attempt.keyInputs),
    );
  };

  return {
    beginAttempt,

    reuseAttempt: (attempt, from, result = from.result) =>
      // In one statement, as thousands may come at once. It is as durable as what it names.
      void database.run(
        `INSERT INTO attempts (id, run, project, step, number, machine_attempt, keeper, boot_id, started_at, told_started_at,
           step_key, key_inputs, ended_at, told_ended_at, outcome_type, outcome, layer, result, reused_from, durable)
         SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, durable FROM attempts WHERE id = ?`,
        attempt.id,
        attempt.run,
        attempt.project,
        attempt.step,
        attempt.number,
        attempt.machineAttempt,
        attempt.keeper,
        attempt.bootId,
        attempt.startedAt,
        toldApart(attempt.toldStartedAt, attempt.startedAt),
        attempt.key ?? null,
        attempt.keyInputs === undefined ? null : jsonColumn(attempt.keyInputs),
        attempt.startedAt,
        toldApart(attempt.toldStartedAt, attempt.startedAt),
        from.outcome.type,
        jsonColumn(from.outcome),
        from.layer,
        jsonColumn(result),
        from.reusedFrom ?? from.id,
        from.id,
      ),

    forgetKey: (id) => void database.run('UPDATE attempts SET step_key = NULL WHERE id = ?', id),

    lastKeeper(run, project) {
      const [row] = database.all<{ keeper: string; bootId: string }>(
        `SELECT keeper, boot_id AS bootId FROM attempts WHERE run = ? AND project = ? AND keeper <> ''
         ORDER BY rowid DESC LIMIT 1`,
        run,
        project,
      );
      return row;
    },

    stepsDone: (run) => {
      writeOut(run);
      return new Map(
        database
          .all<{ project: string; done: number }>(
            `SELECT project, count(DISTINCT step) AS done FROM attempts
             WHERE run = ? AND outcome_type = 'succeeded' GROUP BY project`,
            run,
          )
          .map(({ project, done }) => [project, done]),
      );
    },

    keyInputs(id) {
      const [row] = database.all<{ inputs: string | null }>(
        'SELECT key_inputs AS inputs FROM attempts WHERE id = ?',
        id,
      );
      return row === undefined || row.inputs === null
        ? undefined
        : valueOfColumn(row.inputs, `what attempt ${id} depended on`);
    },

    runningWithKey(runs, key) {
      if (runs.length === 0) return undefined;
      const where = 'run IN (SELECT value FROM json_each(?)) AND ended_at IS NULL AND step_key = ? LIMIT 1';
      const [row] = database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE ${where}`, JSON.stringify(runs), key);
      return row && attemptOfRow(row);
    },

    moveAttempt(id, { run, step }) {
      const changes = database.run(
        'UPDATE attempts SET run = ?, step = ?, number = 1, machine_attempt = 1 WHERE id = ? AND ended_at IS NULL',
        run,
        step,
        id,
      );
      assert(changes === 1, `attempt ${id} is not running`);
    },

    answeringAttempt(run, project, step, machineAttempt) {
      writeOut(run);
      // A machine that begins anew counts from 1; what has succeeded since, or was made by hand, answers it all the same.
      const where = `run = ? AND project = ? AND step = ? AND (machine_attempt = ? OR outcome_type = 'succeeded')
        ORDER BY outcome_type IS 'succeeded' DESC, number DESC LIMIT 1`;
      const [row] = database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE ${where}`, run, project, step, machineAttempt);
      return row && attemptOfRow(row);
    },

    endAttempt(id, { endedAt, toldEndedAt, outcome, layer, result }) {
      const changes = database.run(
        `UPDATE attempts SET ended_at = ?, told_ended_at = ?, outcome_type = ?, outcome = ?, layer = ?, result = ?
         WHERE id = ? AND ended_at IS NULL`,
        endedAt,
        toldApart(toldEndedAt, endedAt),
        outcome.type,
        jsonColumn(outcome),
        layer ?? null,
        result === undefined ? null : jsonColumn(result),
        id,
      );
      assert(changes === 1, `attempt ${id} is not running`);
    },

    getAttempt(id) {
      const [row] = database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE id = ?`, id);
      return row && attemptOfRow(row);
    },

    listAttempts: (run, project) => {
      writeOut(run);
      return (
        project === undefined
          ? database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE run = ? ORDER BY rowid`, run)
          : database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE run = ? AND project = ? ORDER BY rowid`, run, project)
      ).map(attemptOfRow);
    },

    lastResult(run, project) {
      writeOut(run);
      const where =
        'run = ? AND project = ? AND ended_at IS NOT NULL AND result IS NOT NULL ORDER BY rowid DESC LIMIT 1';
      const [row] = database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE ${where}`, run, project);
      return row && attemptOfRow(row);
    },

    runningAttempts: (run) =>
      database
        .all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE run = ? AND ended_at IS NULL ORDER BY rowid`, run)
        .map(attemptOfRow),

    lastAttempt(run, project, step) {
      writeOut(run);
      const where = 'run = ? AND project = ? AND step = ? ORDER BY number DESC LIMIT 1';
      const [row] = database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE ${where}`, run, project, step);
      return row && attemptOfRow(row);
    },

    succeededAttempt(run, project, step) {
      writeOut(run);
      const where = `run = ? AND project = ? AND step = ? AND outcome_type = 'succeeded'`;
      const [row] = database.all<AttemptRow>(`${ATTEMPT_COLUMNS} WHERE ${where}`, run, project, step);
      return row && attemptOfRow(row);
    },
  };
}

export function attemptOfRow(row: AttemptRow): AttemptRecord {
  const start: AttemptStart = {
    id: row.id,
    run: row.run,
    project: row.project,
    step: row.step,
    number: row.number,
    machineAttempt: row.machine_attempt,
    key: row.step_key,
    reusedFrom: row.reused_from,
    keeper: row.keeper,
    bootId: row.boot_id,
    startedAt: row.started_at,
    toldStartedAt: row.told_started_at ?? row.started_at,
    deadlineAt: row.deadline_at,
  };
  if (row.ended_at === null || row.outcome === null) return { ...start, type: 'running' };
  return {
    ...start,
    type: 'ended',
    endedAt: row.ended_at,
    toldEndedAt: row.told_ended_at ?? row.ended_at,
    outcome: valueOfColumn(row.outcome, `the outcome of attempt ${row.id}`) as AttemptOutcome,
    layer: row.layer,
    result: row.result === null ? null : valueOfColumn(row.result, `the result of attempt ${row.id}`),
  };
}

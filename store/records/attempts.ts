import assert from 'node:assert/strict';
import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';

/** An attempt that is about to start. Recorded before any process of it exists. */
export interface NewAttempt {
  readonly id: string;
  readonly run: string;
  readonly project: string;
  readonly step: string;
  /** 1 for the first attempt of a step in a run. */
  readonly number: number;
  readonly keeper: string;
  readonly bootId: string;
  readonly startedAt: number;
  readonly deadlineAt?: number;
}

/** How an attempt ended; opaque but for its type. */
export interface AttemptOutcome {
  readonly type: string;
  readonly [detail: string]: unknown;
}

interface AttemptStart extends Omit<NewAttempt, 'deadlineAt'> {
  readonly deadlineAt: number | null;
}

export type AttemptRecord = AttemptStart &
  (
    | { readonly type: 'running' }
    | {
        readonly type: 'ended';
        readonly endedAt: number;
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
    end: { endedAt: number; outcome: { readonly type: string }; layer?: string; result?: unknown },
  ): void;
  getAttempt(id: string): AttemptRecord | undefined;
  /** In the order in which they began. */
  listAttempts(run: string, project?: string): AttemptRecord[];
  /** Attempts of a run that are not recorded as ended: what there is to adopt, harvest or run again. */
  runningAttempts(run: string): AttemptRecord[];
  lastAttempt(run: string, project: string, step: string): AttemptRecord | undefined;
  /** The attempt whose outcome is `succeeded`, if there is one. */
  succeededAttempt(run: string, project: string, step: string): AttemptRecord | undefined;
}

interface AttemptRow {
  id: string;
  run: string;
  project: string;
  step: string;
  number: number;
  keeper: string;
  boot_id: string;
  started_at: number;
  deadline_at: number | null;
  ended_at: number | null;
  outcome: string | null;
  layer: string | null;
  result: string | null;
}

const SELECT = `SELECT id, run, project, step, number, keeper, boot_id, started_at, deadline_at, ended_at, outcome, layer, result
  FROM attempts`;

export function attemptRecords(database: Database): AttemptRecords {
  return {
    beginAttempt(attempt) {
      database.run(
        `INSERT INTO attempts (id, run, project, step, number, keeper, boot_id, started_at, deadline_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        attempt.id,
        attempt.run,
        attempt.project,
        attempt.step,
        attempt.number,
        attempt.keeper,
        attempt.bootId,
        attempt.startedAt,
        attempt.deadlineAt ?? null,
      );
    },

    endAttempt(id, { endedAt, outcome, layer, result }) {
      const changes = database.run(
        `UPDATE attempts SET ended_at = ?, outcome_type = ?, outcome = ?, layer = ?, result = ?
         WHERE id = ? AND ended_at IS NULL`,
        endedAt,
        outcome.type,
        jsonColumn(outcome),
        layer ?? null,
        result === undefined ? null : jsonColumn(result),
        id,
      );
      assert(changes === 1, `attempt ${id} is not running`);
    },

    getAttempt(id) {
      const [row] = database.all<AttemptRow>(`${SELECT} WHERE id = ?`, id);
      return row && attemptOfRow(row);
    },

    listAttempts: (run, project) =>
      (project === undefined
        ? database.all<AttemptRow>(`${SELECT} WHERE run = ? ORDER BY rowid`, run)
        : database.all<AttemptRow>(`${SELECT} WHERE run = ? AND project = ? ORDER BY rowid`, run, project)
      ).map(attemptOfRow),

    runningAttempts: (run) =>
      database.all<AttemptRow>(`${SELECT} WHERE run = ? AND ended_at IS NULL ORDER BY rowid`, run).map(attemptOfRow),

    lastAttempt(run, project, step) {
      const where = 'run = ? AND project = ? AND step = ? ORDER BY number DESC LIMIT 1';
      const [row] = database.all<AttemptRow>(`${SELECT} WHERE ${where}`, run, project, step);
      return row && attemptOfRow(row);
    },

    succeededAttempt(run, project, step) {
      const where = `run = ? AND project = ? AND step = ? AND outcome_type = 'succeeded'`;
      const [row] = database.all<AttemptRow>(`${SELECT} WHERE ${where}`, run, project, step);
      return row && attemptOfRow(row);
    },
  };
}

function attemptOfRow(row: AttemptRow): AttemptRecord {
  const start: AttemptStart = {
    id: row.id,
    run: row.run,
    project: row.project,
    step: row.step,
    number: row.number,
    keeper: row.keeper,
    bootId: row.boot_id,
    startedAt: row.started_at,
    deadlineAt: row.deadline_at,
  };
  if (row.ended_at === null || row.outcome === null) return { ...start, type: 'running' };
  return {
    ...start,
    type: 'ended',
    endedAt: row.ended_at,
    outcome: valueOfColumn(row.outcome, `the outcome of attempt ${row.id}`) as AttemptOutcome,
    layer: row.layer,
    result: row.result === null ? null : valueOfColumn(row.result, `the result of attempt ${row.id}`),
  };
}

import { ContractorError } from '../../errors.ts';
import type { Database } from '../database.ts';
import { jsonColumn, valueOfColumn } from '../json-column.ts';
import { toldApart } from './told-time.ts';

/** How a run ended. */
export type RunResult = 'built' | 'failed' | 'cancelled';

/** The process that owns a run, or did last. */
export interface RunOwner {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** A run to be recorded. `spec` and `options` are opaque JSON. */
export interface NewRun {
  readonly id: string;
  /** By the host's clock. */
  readonly createdAt: number;
  /** Where that is told otherwise: see {@link RunSummary}. */
  readonly toldCreatedAt?: number;
  readonly specName: string;
  readonly specText: string;
  readonly specDigest: string;
  readonly spec: unknown;
  /** Names, in the order of the spec. */
  readonly projects: readonly string[];
  readonly options: unknown;
  /** The file that the specification was read from, absolute; null for one that came as an object. */
  readonly source?: string | null;
  /** The unfinished run of an older version of the same file whose steps this one goes on with. */
  readonly continues?: string | null;
}

/** A run without its specification, which may be large. */
export interface RunSummary {
  readonly id: string;
  /** By the host's clock, which runs are in the order of. */
  readonly createdAt: number;
  /** By the clock of the program that has begun it: what people are shown, and nothing but a policy is compared with. */
  readonly toldCreatedAt: number;
  readonly specName: string;
  readonly specDigest: string;
  readonly source: string | null;
  readonly continues: string | null;
  /** Of which run it builds again what was not built: `retryOf` of its options. */
  readonly retryOf: string | null;
  /** Somebody wants it kept: it is not removed as it gets old. */
  readonly isKept: boolean;
  /** Who claimed it last, and may be gone: `runOwner` tells whether it lives. */
  readonly lastOwner: RunOwner | null;
  /** Null while it is not finished. */
  readonly ended: { readonly endedAt: number; readonly toldEndedAt: number; readonly result: RunResult } | null;
}

export interface RunRecord extends RunSummary {
  readonly specText: string;
  readonly spec: unknown;
  readonly options: unknown;
}

export interface RunRecords {
  /** Records a run and its projects, each in the same state; without one, in `pending`. */
  createRun(run: NewRun, state?: string): void;
  getRun(id: string): RunRecord | undefined;
  /** What it was begun with, alone; undefined where there is no such run. */
  getRunOptions(id: string): unknown;
  /** In place of what it has. */
  setRunOptions(id: string, options: unknown): void;
  /** Newest first; `source`: those of this specification's file alone. */
  listRuns(limit?: number, source?: string): RunSummary[];
  /** Those whose ids begin so; the newest first. */
  runsBeginning(prefix: string): RunSummary[];
  /** The newest run of a specification's file. */
  newestRunOf(source: string): RunSummary | undefined;
  /** @throws RUN_UNKNOWN, RUN_ENDED */
  endRun(id: string, end: { endedAt: number; toldEndedAt?: number; result: RunResult }): void;
  /** Takes back the end of a run, so that it can be gone on with; nothing, when it has not ended. */
  reopenRun(id: string): void;
  /** Asks whoever owns the run, or will, to cancel it. The first request stays. @throws RUN_UNKNOWN, RUN_ENDED */
  requestCancel(id: string, by: string): void;
  /** Who asked for the run to be cancelled. */
  cancelRequested(id: string): string | undefined;
}

interface SummaryRow {
  id: string;
  created_at: number;
  told_created_at: number | null;
  spec_name: string;
  spec_digest: string;
  source: string | null;
  continues: string | null;
  kept_at: number | null;
  retry_of: string | null;
  owner: string | null;
  ended_at: number | null;
  told_ended_at: number | null;
  result: RunResult | null;
}

interface RunRow extends SummaryRow {
  options: string;
  spec: string;
  spec_text: string;
}

const SUMMARY_COLUMNS = `id, created_at, told_created_at, spec_name, spec_digest, source, continues, kept_at, owner,
  ended_at, told_ended_at, result,
  CASE WHEN json_valid(options) THEN json_extract(options, '$.retryOf') END AS retry_of`;

export function runRecords(database: Database): RunRecords {
  const summaries = (where: string, ...parameters: readonly (string | number)[]): RunSummary[] =>
    database
      .all<SummaryRow>(`SELECT ${SUMMARY_COLUMNS} FROM runs WHERE forgotten_at IS NULL AND ${where}`, ...parameters)
      .map(summaryOfRow);
  const listRuns: RunRecords['listRuns'] = (limit = -1, source) => {
    const order = 'ORDER BY created_at DESC, rowid DESC LIMIT ?';
    return source === undefined ? summaries(`TRUE ${order}`, limit) : summaries(`source = ? ${order}`, source, limit);
  };
  return {
    createRun: (run, state = 'pending') =>
      database.transaction(() => {
        database.run(
          `INSERT INTO runs (id, created_at, told_created_at, spec_name, spec_digest, options, spec, spec_text, source, continues)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          run.id,
          run.createdAt,
          toldApart(run.toldCreatedAt, run.createdAt),
          run.specName,
          run.specDigest,
          jsonColumn(run.options),
          jsonColumn(run.spec),
          run.specText,
          run.source ?? null,
          run.continues ?? null,
        );
        // In one statement, as there may be thousands.
        database.run(
          `INSERT INTO projects (run, name, position, state) SELECT ?, value, key, ? FROM json_each(?)`,
          run.id,
          state,
          jsonColumn(run.projects),
        );
      }),

    getRun(id) {
      const [row] = database.all<RunRow>(
        `SELECT ${SUMMARY_COLUMNS}, options, spec, spec_text FROM runs WHERE id = ? AND forgotten_at IS NULL`,
        id,
      );
      return row && runOfRow(row);
    },

    getRunOptions(id) {
      const [row] = database.all<Pick<RunRow, 'options'>>(
        'SELECT options FROM runs WHERE id = ? AND forgotten_at IS NULL',
        id,
      );
      return row && valueOfColumn(row.options, `the options of run ${id}`);
    },

    setRunOptions(id, options) {
      database.run('UPDATE runs SET options = ? WHERE id = ?', jsonColumn(options), id);
    },

    listRuns,
    newestRunOf: (source) => listRuns(1, source)[0],

    runsBeginning: (prefix) =>
      // A range, so that the index of ids is used; U+10FFFF comes after whatever an id has.
      summaries('id >= ?1 AND id < ?1 || char(0x10ffff) ORDER BY created_at DESC, rowid DESC', prefix),

    endRun(id, { endedAt, toldEndedAt, result }) {
      const changes = database.run(
        'UPDATE runs SET ended_at = ?, told_ended_at = ?, result = ? WHERE id = ? AND ended_at IS NULL',
        endedAt,
        toldApart(toldEndedAt, endedAt),
        result,
        id,
      );
      if (changes === 0)
        throw cannotEnd(id, database.all<SummaryRow>('SELECT result FROM runs WHERE id = ?', id)[0]?.result);
    },

    reopenRun: (id) => {
      database.run(
        `UPDATE runs SET ended_at = NULL, told_ended_at = NULL, result = NULL, cancel_requested = NULL
         WHERE id = ? AND ended_at IS NOT NULL`,
        id,
      );
    },

    requestCancel(id, by) {
      const changes = database.run(
        'UPDATE runs SET cancel_requested = coalesce(cancel_requested, ?) WHERE id = ? AND ended_at IS NULL',
        by,
        id,
      );
      if (changes === 0)
        throw cannotEnd(id, database.all<SummaryRow>('SELECT result FROM runs WHERE id = ?', id)[0]?.result);
    },

    cancelRequested: (id) =>
      database.all<{ by: string | null }>('SELECT cancel_requested AS by FROM runs WHERE id = ?', id)[0]?.by ??
      undefined,
  };
}

function summaryOfRow(row: SummaryRow): RunSummary {
  return {
    id: row.id,
    createdAt: row.created_at,
    toldCreatedAt: row.told_created_at ?? row.created_at,
    specName: row.spec_name,
    specDigest: row.spec_digest,
    source: row.source,
    continues: row.continues,
    isKept: row.kept_at !== null,
    retryOf: row.retry_of,
    lastOwner: row.owner === null ? null : (valueOfColumn(row.owner, `the owner of run ${row.id}`) as RunOwner),
    ended:
      row.ended_at === null || row.result === null
        ? null
        : { endedAt: row.ended_at, toldEndedAt: row.told_ended_at ?? row.ended_at, result: row.result },
  };
}

function runOfRow(row: RunRow): RunRecord {
  return {
    ...summaryOfRow(row),
    specText: row.spec_text,
    // Megabytes of a large one, and most who ask for a run do not ask for it.
    get spec() {
      return valueOfColumn(row.spec, `the specification of run ${row.id}`);
    },
    options: valueOfColumn(row.options, `the options of run ${row.id}`),
  };
}

function cannotEnd(id: string, result: RunResult | null | undefined): ContractorError {
  const mend = 'See the runs of this store with `contractor runs`.';
  return result === undefined
    ? new ContractorError('RUN_UNKNOWN', `There is no run \`${id}\` in this store.`, mend)
    : new ContractorError('RUN_ENDED', `The run \`${id}\` has ended already (${result}).`, mend);
}

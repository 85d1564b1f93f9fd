import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { assert } from '../errors.ts';
import { isBusy, sqliteRefusal } from './sqlite-refusal.ts';

/** How long a transaction waits for that of another process. Ours take milliseconds. */
const BUSY_TIMEOUT_MS = 30_000;

/** One connection, with its statements prepared once and errors that the user can mend made refusals. */
export interface Database {
  readonly file: string;
  /** The rows, with their type from the caller, who wrote the SELECT. */
  all<Row>(sql: string, ...parameters: SQLInputValue[]): Row[];
  /** The same one row at a time, as long as `take` wants more of them: for rows that may be many, and large. */
  each(sql: string, parameters: readonly SQLInputValue[], take: (row: unknown) => boolean): void;
  /** How many rows changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number;
  /** One or more statements that are used once. */
  exec(sql: string): void;
  /**
   * Everything `fn` does, or nothing.
   *
   * A transaction inside a transaction joins it. If the inner one throws, the
   * outer one is rolled back even if the error is caught in between: half of
   * what a verb does must never be committed.
   */
  transaction<Result>(fn: () => Result): Result;
  readonly isOpen: boolean;
  close(): void;
}

/** Opens `file`, which is made if it is not there. Changes nothing in it: see {@link useWriteAheadLog}. */
export function openDatabase(file: string, { readOnly = false }: { readOnly?: boolean } = {}): Database {
  const guard = <Result>(action: () => Result): Result => {
    try {
      return action();
    } catch (error) {
      throw sqliteRefusal(error, file);
    }
  };
  const connection = guard(
    () => new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true, readOnly }),
  );
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = connection.prepare(sql)));
    return statement;
  };
  let depth = 0;
  let doomed = false;

  return {
    file,
    all<Row>(sql: string, ...parameters: SQLInputValue[]) {
      return guard(() => prepared(sql).all(...parameters)) as Row[];
    },
    each(sql: string, parameters: readonly SQLInputValue[], take: (row: unknown) => boolean) {
      guard(() => {
        for (const row of prepared(sql).iterate(...parameters)) if (!take(row)) return;
      });
    },
    run: (sql, ...parameters) => guard(() => Number(prepared(sql).run(...parameters).changes)),
    exec: (sql) => guard(() => connection.exec(sql)),
    transaction<Result>(fn: () => Result): Result {
      // IMMEDIATE: a transaction that begins as a reader cannot wait for its turn to write, it fails.
      if (depth === 0) guard(() => prepared('BEGIN IMMEDIATE').run());
      depth++;
      try {
        const result = fn();
        assert(!(result instanceof Promise), 'a transaction ends when its function returns: it cannot wait');
        assert(!doomed, 'an error inside a transaction was caught inside it');
        if (depth === 1) guard(() => prepared('COMMIT').run());
        return result;
      } catch (error) {
        doomed = true;
        throw error;
      } finally {
        depth--;
        if (depth === 0) {
          doomed = false;
          // Still open: fn or COMMIT has failed. Some errors (a full disk) roll back by themselves.
          if (connection.isTransaction) connection.exec('ROLLBACK');
        }
      }
    },
    get isOpen() {
      return connection.isOpen;
    },
    close: () => connection.close(),
  };
}

/**
 * Lets readers and one writer work at once, and no commit wait for the disk.
 *
 * With `synchronous = NORMAL` a killed process loses nothing, and a power cut
 * loses the newest transactions, whole (https://www.sqlite.org/wal.html). The
 * supervisor counts on exactly that. A checkpoint does wait for the disk; the
 * default of 1000 pages would put one after every few dozen steps.
 */
export function useWriteAheadLog(database: Database): void {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 8000');
      return;
    } catch (error) {
      // SQLite does not wait for its turn here (several processes open a new store at once): we do.
      const cause = error instanceof Error ? error.cause : undefined;
      if (!isBusy(cause) || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

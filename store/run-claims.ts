import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ContractorError, diskRefusalOf } from '../errors.ts';
import { lockExclusively } from './exclusive-lock.ts';
import type { ExclusiveLock } from './exclusive-lock.ts';
import { removeFile } from './remove-file.ts';
import type { Database } from './database.ts';
import { jsonColumn, valueOfColumn } from './json-column.ts';
import type { RunOwner } from './records/runs.ts';

/** What became of asking for a run. */
export type RunClaim =
  | { readonly type: 'owned'; release(): void }
  /** Null: its owner was not recorded (the claim was made by hand). */
  | { readonly type: 'taken'; readonly owner: RunOwner | null };

export interface RunClaims {
  /** Makes this process the owner of a run, if it has none. Does not wait. */
  readonly claimRun: (run: string, owner: RunOwner) => RunClaim;
  /** Whether a living process owns a run now, and which. */
  readonly runOwner: (
    run: string,
  ) => { readonly type: 'nobody' } | { readonly type: 'somebody'; readonly owner: RunOwner | null };
}

/**
 * Who owns which run.
 *
 * The owner holds `runs/<run>.lock` locked (see {@link lockExclusively}): the kernel drops the lock
 * together with the process. Who it is stands in the record of the run.
 *
 * Every look at such a lock happens inside a transaction of the main database,
 * which lets one process at a time do it. So a lock that is taken always has its
 * owner recorded, and a mere look never gets in the way of a claim.
 */
export function runClaims(database: Database, directory: string): RunClaims & { releaseAll(): void } {
  const held = new Map<string, ExclusiveLock>();

  const ownerOf = (run: string): RunOwner | null => {
    const [row] = database.all<{ owner: string | null }>('SELECT owner FROM runs WHERE id = ?', run);
    if (!row) {
      throw new ContractorError(
        'RUN_UNKNOWN',
        `There is no run \`${run}\` in this store.`,
        'See the runs of this store with `contractor runs`.',
      );
    }
    return row.owner === null ? null : (valueOfColumn(row.owner, `the owner of run ${run}`) as RunOwner);
  };

  const release = (run: string): void => {
    const lock = held.get(run);
    if (!lock) return;
    held.delete(run);
    try {
      // While the main database is ours nobody can have the file open that is about to go.
      database.transaction(() => {
        lock.close();
        removeFile(lockFile(directory, run));
      });
    } catch (error) {
      if (lock.isOpen) lock.close();
      // On a disk that takes nothing the file stays, which is in nobody's way: the lock is what counts.
      if (!(error instanceof ContractorError) && diskRefusalOf(error) === undefined) throw error;
    }
  };

  return {
    claimRun: (run, owner) =>
      database.transaction(() => {
        const before = ownerOf(run);
        const lock = lockExclusively(lockFile(directory, run));
        if (!lock) return { type: 'taken', owner: before };
        try {
          database.run('UPDATE runs SET owner = ? WHERE id = ?', jsonColumn(owner), run);
        } catch (error) {
          lock.close();
          throw error;
        }
        held.set(run, lock);
        return { type: 'owned', release: () => release(run) };
      }),

    runOwner: (run) =>
      database.transaction(() => {
        const owner = ownerOf(run);
        // Looking makes no file: it is done on a full disk too.
        if (!existsSync(lockFile(directory, run))) return { type: 'nobody' };
        const lock = lockExclusively(lockFile(directory, run));
        if (!lock) return { type: 'somebody', owner };
        lock.close();
        removeFile(lockFile(directory, run));
        return { type: 'nobody' };
      }),

    releaseAll() {
      for (const run of held.keys()) release(run);
    },
  };
}

function lockFile(directory: string, run: string): string {
  return join(directory, `${run}.lock`);
}

import { chmodSync, closeSync, existsSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ContractorError } from '../errors.ts';
import { makeDirectorySync } from '../make-directory.ts';
import { openDatabase, useWriteAheadLog } from './database.ts';
import type { Database } from './database.ts';
import { migrate, storeVersion } from './migrate.ts';
import { MIGRATIONS } from './migrations/migrations.ts';
import { artifactRecords } from './records/artifacts.ts';
import type { ArtifactRecords } from './records/artifacts.ts';
import { attemptRecords } from './records/attempts.ts';
import type { AttemptRecords } from './records/attempts.ts';
import { durationRecords } from './records/durations.ts';
import type { DurationRecords } from './records/durations.ts';
import { eventOrderRecords } from './records/event-order.ts';
import type { EventOrderRecords } from './records/event-order.ts';
import { eventRecords } from './records/events.ts';
import type { EventRecords } from './records/events.ts';
import { garbageRecords } from './records/garbage.ts';
import type { GarbageRecords } from './records/garbage.ts';
import { horizonRecords } from './records/horizon.ts';
import type { HorizonRecords } from './records/horizon.ts';
import { layerRecords } from './records/layers.ts';
import type { LayerRecords } from './records/layers.ts';
import { metaRecords } from './records/meta.ts';
import type { MetaRecords } from './records/meta.ts';
import { projectRecords } from './records/projects.ts';
import type { ProjectRecords } from './records/projects.ts';
import { outsideRecords } from './records/outside.ts';
import type { OutsideRecords } from './records/outside.ts';
import { reuseRecords } from './records/reuse.ts';
import type { ReuseRecords } from './records/reuse.ts';
import { receiptRecords } from './records/receipts.ts';
import type { ReceiptRecords } from './records/receipts.ts';
import { runRecords } from './records/runs.ts';
import type { RunRecords } from './records/runs.ts';
import { takenOverRecords } from './records/taken-over.ts';
import type { TakenOverRecords } from './records/taken-over.ts';
import { runClaims } from './run-claims.ts';
import type { RunClaims } from './run-claims.ts';
import { storeDamaged } from './sqlite-refusal.ts';
import { storePaths, TREE_FOLDERS } from './store-paths.ts';
import type { StorePaths } from './store-paths.ts';

/**
 * The records of a store. Every verb is synchronous, and whole or not done;
 * ids and times are given, as the store has neither clock nor dice.
 *
 * A verb refuses with STORE_DAMAGED or STORE_UNUSABLE when the disk does, beside
 * the codes that it names.
 */
export interface Store
  extends
    MetaRecords,
    RunRecords,
    ProjectRecords,
    AttemptRecords,
    LayerRecords,
    EventRecords,
    EventOrderRecords,
    DurationRecords,
    ArtifactRecords,
    HorizonRecords,
    ReceiptRecords,
    GarbageRecords,
    ReuseRecords,
    TakenOverRecords,
    OutsideRecords,
    RunClaims {
  readonly paths: StorePaths;
  /** Everything `fn` does in this store, or nothing. Nested calls join; `fn` cannot wait. */
  transaction<Result>(fn: () => Result): Result;
  /** Differs when another process has changed any record since. */
  changeMark(): number;
  /** The same also when this process has: what was read of the records between two that are the same holds. */
  stateMark(): string;
  /** Waits until every record that was made is on the disk; the trees are another matter. */
  flushRecords(): Promise<void>;
  /** What SQLite finds wrong with the database, in its words; reads all of it. */
  databaseProblems(): string[];
  /** Gives up all runs that it owns. */
  close(): void;
}

/**
 * Opens the store in `directory`, and makes or migrates it when that is needed.
 *
 * @throws STORE_UNUSABLE when the directory cannot be used, or there is no store and `create` is false;
 *   STORE_OF_OTHER_VERSION; STORE_DAMAGED.
 */
export function openStore(directory: string, { create = true }: { create?: boolean } = {}): Store {
  const paths = storePaths(resolve(directory));
  if (!create && !existsSync(paths.database)) {
    throw unusable(
      `There is no store in \`${paths.directory}\`.`,
      'Build something first, or name the store with `--store DIR`.',
    );
  }
  makeStoreDirectory(paths);
  if (existsSync(paths.database)) assertUnderstood(paths.database);
  const database = openDatabase(paths.database);
  try {
    useWriteAheadLog(database);
    migrate(database, { migrations: MIGRATIONS, trees: paths.trees });
    makeFolders(paths);
  } catch (error) {
    database.close();
    throw error;
  }
  return storeOn(database, paths);
}

/**
 * Refuses a database that is none, or not of this version, before anything of it is
 * changed: the last connection that may write carries the log into the database when it is closed.
 */
function assertUnderstood(file: string): void {
  assertLog(`${file}-wal`);
  const database = openDatabase(file, { readOnly: true });
  try {
    storeVersion(database, MIGRATIONS);
  } finally {
    database.close();
  }
}

/**
 * SQLite takes a log whose head it does not know for an empty one, and writes over it. A
 * power cut may leave zeros there; anything else has been damaged. See https://www.sqlite.org/fileformat2.html#walformat.
 */
function assertLog(file: string): void {
  const head = Buffer.alloc(4);
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw directoryRefusal(error, file);
  }
  try {
    readSync(fd, head, 0, 4, 0);
  } finally {
    closeSync(fd);
  }
  if ([0, 0x377f0682, 0x377f0683].includes(head.readUInt32BE(0))) return;
  throw storeDamaged(`The log \`${file}\` of the newest records cannot be read.`);
}

function storeOn(database: Database, paths: StorePaths): Store {
  const claims = runClaims(database, paths.runs);
  const takenOver = takenOverRecords(database);
  return {
    paths,
    ...metaRecords(database),
    ...runRecords(database),
    ...projectRecords(database),
    ...attemptRecords(database, takenOver),
    ...layerRecords(database),
    ...eventRecords(database),
    ...eventOrderRecords(database),
    ...durationRecords(database),
    ...artifactRecords(database),
    ...horizonRecords(database, takenOver),
    ...receiptRecords(database),
    ...garbageRecords(database, takenOver),
    ...reuseRecords(database),
    noteTakenOver: takenOver.noteTakenOver,
    ...outsideRecords(database),
    claimRun: claims.claimRun,
    runOwner: claims.runOwner,
    transaction: (fn) => database.transaction(fn),
    changeMark: () => changesOfOthers(database),
    stateMark: () => {
      const [own] = database.all<{ changes: number }>('SELECT total_changes() AS changes');
      return `${changesOfOthers(database)} ${own?.changes ?? 0}`;
    },
    flushRecords: () => flushFile(`${paths.database}-wal`),
    databaseProblems: () => databaseProblems(database),
    close() {
      if (!database.isOpen) return;
      claims.releaseAll();
      database.close();
    },
  };
}

function changesOfOthers(database: Database): number {
  return database.all<{ data_version: number }>('PRAGMA data_version')[0]?.data_version ?? 0;
}

/**
 * fsync(2) of a file that SQLite has open too: of the log ahead of the database,
 * where no lock of SQLite is, that closing it would drop.
 */
async function flushFile(path: string): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return; // All of it is in the database.
    throw error;
  }
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The check itself fails where the damage is great: then that is what it has found. */
function databaseProblems(database: Database): string[] {
  try {
    const lines = database.all<{ integrity_check: string }>('PRAGMA integrity_check');
    return lines.map((line) => line.integrity_check).filter((line) => line !== 'ok');
  } catch (error) {
    if (error instanceof ContractorError && error.code === 'STORE_DAMAGED') return [error.message];
    throw error;
  }
}

/** Makes the directory that a user has named for a store, for its owner alone. @throws STORE_UNUSABLE */
export function makeDirectoryOfStore(directory: string): void {
  try {
    makeDirectorySync(directory, 0o700);
  } catch (error) {
    throw directoryRefusal(error, directory);
  }
}

/**
 * The directory of a store is for its owner alone: trees in it hold setuid programs of real ids.
 * One that is there already and holds something else is left alone (`--store /tmp`).
 */
function makeStoreDirectory({ directory, database }: StorePaths): void {
  try {
    makeDirectoryOfStore(directory);
    if (!existsSync(database) && readdirSync(directory).some((name) => !OURS.has(name))) {
      throw unusable(
        `\`${directory}\` is not a store of contractor and not empty.`,
        'Name a directory that is empty or not there yet.',
      );
    }
    if ((statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700);
  } catch (error) {
    throw directoryRefusal(error, directory);
  }
}

/** What may be found where the database is not: a store that lost it is damaged, not a wrong directory. */
const OURS = new Set(['contractor.db', 'contractor.db-wal', 'contractor.db-shm', 'runs', 'keepers', 'verify', 'trees']);

function makeFolders({ directory, runs, keepers, trees }: StorePaths): void {
  try {
    for (const path of [runs, keepers, trees, ...TREE_FOLDERS.map((folder) => join(trees, folder))]) {
      makeDirectorySync(path, 0o700);
    }
  } catch (error) {
    throw directoryRefusal(error, directory);
  }
}

function directoryRefusal(error: unknown, directory: string): unknown {
  if (error instanceof ContractorError || !(error instanceof Error) || !('syscall' in error)) return error;
  return unusable(
    `The store cannot be made in \`${directory}\`: ${error.message}.`,
    'Make that directory yours and writable, or choose another store with `--store DIR`.',
    error,
  );
}

function unusable(message: string, mend: string, cause?: unknown): ContractorError {
  return new ContractorError('STORE_UNUSABLE', message, mend, cause === undefined ? {} : { cause });
}

import { DatabaseSync } from 'node:sqlite';
import { isBusy, sqliteRefusal } from './sqlite-refusal.ts';

/** What is held until it is closed, or its process ends, however. */
export interface ExclusiveLock {
  readonly isOpen: boolean;
  close(): void;
}

/**
 * Holds the lock `file`, or gives undefined when another process does. Does not wait.
 *
 * It is an exclusive transaction on an empty SQLite database: SQLite locks with fcntl(2), so the kernel drops the lock
 * together with the process: no lock is ever stale, and none has to be deleted by hand.
 *
 * fcntl locks have a trap: a process loses its lock when it closes *any* descriptor of the file. Within SQLite that is
 * taken care of; nothing else may open a lock file.
 */
export function lockExclusively(file: string): ExclusiveLock | undefined {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { timeout: 0 });
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (error) {
    connection?.close();
    if (isBusy(error)) return undefined;
    throw sqliteRefusal(error, file);
  }
}

import { ContractorError } from '../errors.ts';

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html. */
const RESULT = {
  error: 1,
  perm: 3,
  busy: 5,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

/**
 * The refusal that an error of SQLite on `file` stands for, or the error itself.
 *
 * What the user can mend (a full disk, a damaged file) becomes a refusal. The
 * rest, such as a violated constraint or a mistake in SQL, is a bug of ours and
 * stays as it is.
 */
export function sqliteRefusal(error: unknown, file: string): unknown {
  switch (resultCode(error)) {
    case RESULT.corrupt:
    case RESULT.notadb:
      return storeDamaged(`The database \`${file}\` cannot be read.`, error);
    case RESULT.full:
      return new ContractorError(
        'STORE_UNUSABLE',
        `The disk that holds \`${file}\` is full.`,
        'Make room there, or choose another store with `--store DIR`. What was recorded before is kept.',
        { cause: error },
      );
    case RESULT.busy:
      return new ContractorError(
        'STORE_UNUSABLE',
        `Another process has kept the database \`${file}\` locked for too long.`,
        'Wait until it is done, or end it; `fuser -v` with that file shows which one it is.',
        { cause: error },
      );
    case RESULT.perm:
    case RESULT.readonly:
    case RESULT.ioerr:
    case RESULT.cantopen:
      return new ContractorError(
        'STORE_UNUSABLE',
        `The database \`${file}\` cannot be opened, read or written.`,
        'Make its directory yours and writable and check the disk (`dmesg`), or choose another store with `--store DIR`.',
        { cause: error },
      );
    case RESULT.error:
      // All our statements name what the migrations have made.
      if (/^no such (table|column)/.test((error as Error).message)) {
        return storeDamaged(`The database \`${file}\` lacks a part: ${(error as Error).message}.`, error);
      }
      return error;
    default:
      return error;
  }
}

/** A record or file of the store that cannot be what was once written there. */
export function storeDamaged(message: string, cause?: unknown): ContractorError {
  return new ContractorError(
    'STORE_DAMAGED',
    message,
    'Put the store back from a copy, or move its directory away to begin with an empty one. contractor never starts over by itself.',
    cause === undefined ? {} : { cause },
  );
}

/** Whether another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return resultCode(error) === RESULT.busy;
}

function resultCode(error: unknown): number {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return 0;
  return error.errcode & 0xff; // The upper bits refine it.
}

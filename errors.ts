/**
 * Every code a {@link ContractorError} can carry. Codes are public API: one is
 * never reused for another meaning. `docs/errors.md` has a row for each.
 */
export const ERROR_CODES = [
  'SPEC_UNREADABLE',
  'SPEC_INVALID',
  'SOURCE_OUTSIDE',
  'REPOSITORY_REFUSED',
  'LOCK_UNFIT',
  'OPTION_INVALID',
  'LIMIT_EXCEEDED',
  'ACTION_INVALID',
  'ACTION_NOT_GIVEN',
  'ACTION_BROKEN',
  'PROJECT_UNKNOWN',
  'OUTSIDE_UNKNOWN',
  'RUN_UNKNOWN',
  'RUN_ENDED',
  'RUN_OWNED',
  'RUN_OF_OTHER_SPEC',
  'RUN_UNFINISHED',
  'CURSOR_UNFIT',
  'SUPERVISOR_CLOSING',
  'NOT_BY_HAND',
  'STEP_UNKNOWN',
  'RECEIPT_UNKNOWN',
  'ARTIFACT_UNKNOWN',
  'ARTIFACT_IN_USE',
  'ARTIFACT_DAMAGED',
  'ARCHIVE_REFUSED',
  'PLACE_UNUSABLE',
  'PLACE_DAMAGED',
  'STORE_UNUSABLE',
  'STORE_OF_OTHER_VERSION',
  'STORE_DAMAGED',
  'HOST_UNSUITABLE',
  'SANDBOX_FAILED',
  'DATABASE_UNUSABLE',
  'DATABASE_OF_OTHER_VERSION',
  'NOT_TO_BE_SENT',
  'POLICY_INVALID',
  'POLICY_REFUSES',
  'USAGE',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * A refusal: something that was asked for cannot be done, and the user can mend it.
 *
 * What a step does wrong is never this: that is an outcome, which is data. A
 * `message` says what is wrong and where, `mend` says in the imperative what to
 * do about it, and `cause` keeps the foreign error it came from.
 */
export class ContractorError extends Error {
  override readonly name = 'ContractorError';
  readonly code: ErrorCode;
  readonly mend: string;

  constructor(code: ErrorCode, message: string, mend: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.mend = mend;
  }
}

/**
 * What is behind an error of the system that speaks of the disk, by its words: a code of Node, or what
 * strerror(3) says in the C locale at the end of a line. Undefined when it speaks of something else.
 */
export function diskRefusal(text: string, options?: { cause?: unknown }): ContractorError | undefined {
  const fault = DISK_FAULTS.find(({ words }) => words.test(text));
  if (fault === undefined) return undefined;
  return new ContractorError('STORE_UNUSABLE', `${fault.what}: ${text.trim().slice(-500)}.`, fault.mend, options);
}

const DISK_FAULTS = [
  {
    words: /^ENOSPC\b|: No space left on device$/m,
    what: 'The disk of the store is full',
    mend: 'Make room on it. What was recorded before is kept.',
  },
  {
    words: /^EDQUOT\b|: Disk quota exceeded$/m,
    what: 'The quota of this user on the disk of the store is used up',
    mend: 'Make room, or have the quota raised. What was recorded before is kept.',
  },
  {
    words: /^EROFS\b|: Read-only file system$/m,
    what: 'The disk of the store is mounted read-only',
    mend: 'Mount it writable; when the kernel did that by itself, `dmesg` tells what is wrong with the disk.',
  },
  {
    words: /^EIO\b|: Input\/output error$/m,
    what: 'The disk of the store cannot be read or written',
    mend: 'Check the disk; `dmesg` may say more.',
  },
] as const;

/** The same for a caught error, when it comes from a system call. */
export function diskRefusalOf(error: unknown): ContractorError | undefined {
  if (error instanceof ContractorError || !(error instanceof Error) || !('syscall' in error)) return undefined;
  return diskRefusal(error.message, { cause: error });
}

/** Says that only a bug of ours can make this false. Instead of `node:assert`, which takes each command 1.4 ms to load. */
export function assert(condition: unknown, message?: string): asserts condition {
  if (!condition) throw new Error(message ?? 'a bug in contractor');
}

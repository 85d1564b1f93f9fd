/**
 * Every code a {@link ContractorError} can carry. Codes are public API: one is
 * never reused for another meaning. `docs/errors.md` has a row for each.
 */
export const ERROR_CODES = [
  'SPEC_UNREADABLE',
  'SPEC_INVALID',
  'PROJECT_UNKNOWN',
  'RUN_UNKNOWN',
  'RUN_ENDED',
  'RUN_OWNED',
  'RUN_OF_OTHER_SPEC',
  'STEP_UNKNOWN',
  'ARTIFACT_UNKNOWN',
  'ARTIFACT_IN_USE',
  'ARTIFACT_DAMAGED',
  'ARCHIVE_REFUSED',
  'STORE_UNUSABLE',
  'STORE_OF_OTHER_VERSION',
  'STORE_DAMAGED',
  'HOST_UNSUITABLE',
  'SANDBOX_FAILED',
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

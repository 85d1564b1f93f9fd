import type { ContractorError, ErrorCode } from '../errors.ts';
import { EXIT, type ExitStatus } from './exit-status.ts';
import { neutralised } from './text/neutralised.ts';
import type { Paint } from './text/paint.ts';

/**
 * A refusal, or a mistake on the command line, as a person reads it:
 *
 *     contractor: error: There is no run `x`. [RUN_UNKNOWN]
 *       → List the runs with `contractor runs`.
 */
export function errorText(
  error: { readonly message: string; readonly code?: string; readonly mend?: string },
  paint: Paint,
): string {
  const code = error.code === undefined ? '' : ` ${paint('faint', `[${error.code}]`)}`;
  const mend = error.mend ? `\n${indented(`→ ${neutralised(error.mend)}`)}` : '';
  return `contractor: ${paint('bad', 'error:')} ${neutralised(error.message)}${code}${mend}\n`;
}

/** What the process ends with after `error`. */
export function exitStatusOf(error: ContractorError): ExitStatus {
  return STATUS_OF_CODE[error.code] ?? EXIT.failed;
}

/** Codes that say that the command, or what it names, was wrong, or that this host cannot. All others are failures. */
const STATUS_OF_CODE: Partial<Record<ErrorCode, ExitStatus>> = {
  SPEC_UNREADABLE: EXIT.usage,
  SPEC_INVALID: EXIT.usage,
  SOURCE_OUTSIDE: EXIT.usage,
  REPOSITORY_REFUSED: EXIT.usage,
  LOCK_UNFIT: EXIT.usage,
  PROJECT_UNKNOWN: EXIT.usage,
  RUN_UNKNOWN: EXIT.usage,
  RUN_ENDED: EXIT.usage,
  STEP_UNKNOWN: EXIT.usage,
  RECEIPT_UNKNOWN: EXIT.usage,
  ARTIFACT_UNKNOWN: EXIT.usage,
  NOT_TO_BE_SENT: EXIT.usage,
  POLICY_INVALID: EXIT.usage,
  POLICY_REFUSES: EXIT.usage,
  USAGE: EXIT.usage,
  HOST_UNSUITABLE: EXIT.host,
  STORE_UNUSABLE: EXIT.host,
  STORE_OF_OTHER_VERSION: EXIT.host,
  STORE_DAMAGED: EXIT.host,
  DATABASE_UNUSABLE: EXIT.host,
  DATABASE_OF_OTHER_VERSION: EXIT.host,
};

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

import type { LimitHit } from './limit-hit.ts';
import { limitHitText } from './limit-hit.ts';

/**
 * How an attempt ended: data, never an exception. It lives in saves, so it is
 * plain JSON; the machine's guards read its `type`.
 */
export type Outcome =
  /** `byHand`: nothing of the specification made it, but a person in a shell (`contractor shell --commit`). */
  | { readonly type: 'succeeded'; readonly byHand?: true }
  /** The command ended with another status than 0. A shell reports a signal as 128 + its number. */
  | {
      readonly type: 'failed';
      readonly exitCode: number;
      readonly message?: string;
      readonly hint?: string;
      /** The network or a server of it failed, in a way that a later attempt may not meet. */
      readonly temporary?: true;
    }
  /** The command ended by a signal that we did not send. */
  | { readonly type: 'killed'; readonly signal: string }
  | { readonly type: 'timed-out'; readonly timeoutMs: number }
  | LimitHit
  /** The host, or what the step was given, does not allow the step: nothing was run. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string; readonly mend: string }
  /** `by`: SIGINT, SIGTERM or SIGHUP, `request` for `contractor cancel`, `program` for one that embeds contractor. */
  | { readonly type: 'cancelled'; readonly by?: string }
  /** A crash of contractor, its sandbox or the host cut it off, and nothing of it was kept: the step is run again. */
  | { readonly type: 'interrupted'; readonly signal?: string };

/** One line for a person: `exit status 2`, `timed out after 90 s`. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.type) {
    case 'succeeded':
      return outcome.byHand === true ? 'made by hand' : 'succeeded';
    case 'failed':
      return outcome.message ?? exitStatusText(outcome.exitCode);
    case 'killed':
      return `killed by ${outcome.signal}`;
    case 'timed-out':
      return `timed out after ${outcome.timeoutMs / 1000} s`;
    case 'limit-hit':
      return limitHitText(outcome);
    case 'refused':
      return `refused: ${outcome.message}`;
    case 'cancelled':
      return `cancelled${outcome.by === undefined ? '' : ` by ${CANCELLED_BY[outcome.by] ?? outcome.by}`}`;
    case 'interrupted':
      return 'interrupted';
  }
}

const CANCELLED_BY: Readonly<Record<string, string>> = { request: '`contractor cancel`', program: 'the program' };

function exitStatusText(exitCode: number): string {
  const signal = SIGNALS_SEEN_IN_SHELLS[exitCode - 128];
  return `exit status ${exitCode}${signal === undefined ? '' : ` (${signal})`}`;
}

const SIGNALS_SEEN_IN_SHELLS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
};

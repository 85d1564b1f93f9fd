import type { Step } from '../spec-schema/build-spec.ts';
import type { Outcome } from './outcome.ts';

/** How many more attempts a temporary failure gets where the step itself does not say `retries`. */
export const RETRIES_OF_TEMPORARY_FAILURE = 3;

const BACK_OFF_MS = [2_000, 8_000, 30_000] as const;

/** No wait before an attempt is longer. */
export const LONGEST_BACK_OFF_MS = 60_000;

/** How long to wait after temporary failure of attempt `attempt`, counted from 1: 2 s, 8 s, 30 s, then always 60 s. */
export function backOffMs(attempt: number): number {
  return BACK_OFF_MS[attempt - 1] ?? LONGEST_BACK_OFF_MS;
}

/** Of a network that a later attempt may find mended. */
export function isTemporary(outcome: Outcome): boolean {
  return outcome.type === 'failed' && outcome.temporary === true;
}

/**
 * What follows an attempt that did not succeed: another attempt, the next step
 * all the same, or the end of the project; nothing to say of one that did.
 * `attempt` is that of the machine, counted from 1. The machine's guards and
 * the events both ask here.
 */
export function whatFollows(
  outcome: Outcome,
  { attempt, step }: { readonly attempt: number; readonly step: Pick<Step, 'retries' | 'continueOnFailure'> },
): 'retry' | 'continue' | 'end' | undefined {
  if (outcome.type === 'succeeded') return undefined;
  if (outcome.type === 'cancelled') return 'end';
  const retries = step.retries ?? (isTemporary(outcome) ? RETRIES_OF_TEMPORARY_FAILURE : 0);
  if (outcome.type !== 'refused' && attempt <= retries) return 'retry';
  return step.continueOnFailure ? 'continue' : 'end';
}

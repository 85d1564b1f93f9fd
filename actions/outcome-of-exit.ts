import { constants } from 'node:os';
import type { Outcome } from '../machines/outcome.ts';
import type { Exit } from '../sandbox/exit.ts';
import { UNIT_OF_LIMIT } from '../sandbox/limits/limit-name.ts';
import type { Step } from '../spec-schema/build-spec.ts';

/** What the end of a sandboxed command means for its step. */
export function outcomeOfExit(exit: Exit, step: Step): Outcome {
  switch (exit.type) {
    case 'exited':
      return exit.code === 0 ? { type: 'succeeded' } : { type: 'failed', exitCode: exit.code };
    case 'deadline':
      return { type: 'timed-out', timeoutMs: step.timeoutMs ?? 0 };
    case 'limit':
      return {
        type: 'limit-hit',
        limit: exit.limit,
        value: exit.value,
        unit: UNIT_OF_LIMIT[exit.limit],
        peak: exit.peak,
      };
    case 'cancelled':
      return { type: 'cancelled' };
    case 'killed':
      return { type: 'interrupted', signal: signalName(exit.signal) };
    case 'lost':
      return { type: 'interrupted' };
    case 'broken':
      return {
        type: 'refused',
        code: 'SANDBOX_FAILED',
        message: `The sandbox could not be made: ${exit.error}.`,
        mend: 'Look at the log of the step, and run `contractor doctor`.',
      };
  }
}

/** A failure with what its log tells of it. */
export function explained(
  outcome: Extract<Outcome, { type: 'failed' }>,
  { hint, temporary }: { readonly hint: string | undefined; readonly temporary: boolean },
): Outcome {
  return { ...outcome, ...(hint === undefined ? {} : { hint }), ...(temporary ? { temporary } : {}) };
}

function signalName(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}

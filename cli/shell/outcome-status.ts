import { constants } from 'node:os';
import type { Outcome } from '../../index.ts';
import { EXIT } from '../exit-status.ts';

/** What the process ends with after a command that it ran for a person: the command's own status, as a shell has it. */
export function outcomeStatus(outcome: Outcome): number {
  switch (outcome.type) {
    case 'succeeded':
      return EXIT.done;
    case 'failed':
      return outcome.exitCode;
    case 'killed':
      return 128 + signalNumber(outcome.signal);
    case 'interrupted':
      return 128 + signalNumber(outcome.signal ?? 'SIGKILL');
    case 'cancelled':
      return EXIT.interrupted;
    case 'timed-out':
    case 'limit-hit':
    case 'refused':
      return EXIT.failed;
  }
}

function signalNumber(name: string): number {
  return Object.entries(constants.signals).find(([each]) => each === name)?.[1] ?? constants.signals.SIGKILL;
}

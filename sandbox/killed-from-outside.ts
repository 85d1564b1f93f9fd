import { ContractorError } from '../errors.ts';

/** Somebody else killed a process of ours: that says nothing of what it was doing, which can be done again. */
export class KilledFromOutside extends ContractorError {
  /** @param what - what was killed, as the subject of a sentence */
  constructor(what: string) {
    super(
      'SANDBOX_FAILED',
      `${what} was killed, from outside of contractor.`,
      'Look for what kills it (`dmesg` tells of a host that is out of memory), then give the command again.',
    );
  }
}

/** Does something again that was {@link KilledFromOutside}, up to the third time in a row. */
export async function unlessKilledAgain<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let left = MOST_LOSSES; ;) {
    try {
      return await work();
    } catch (error) {
      if (--left === 0 || !(error instanceof KilledFromOutside)) throw error;
    }
  }
}

/** How often in a row something may be killed from outside before that is no accident any more. */
export const MOST_LOSSES = 3;

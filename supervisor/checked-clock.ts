import { ContractorError } from '../errors.ts';

/** The latest time that a date can be of, in milliseconds since 1970. */
const LATEST = 8.64e15;

/**
 * A program's own clock, each answer of which is checked before anything is recorded of it, and cut to whole
 * milliseconds. The host's needs none of this.
 */
export function checkedClock(clock: () => number): () => number {
  return () => {
    const time: unknown = clock();
    if (typeof time === 'number' && time >= 0 && time <= LATEST) return Math.floor(time);
    throw new ContractorError(
      'OPTION_INVALID',
      `The clock of this program (\`now\`) gave ${shown(time)}, which is no time.`,
      'Have it give milliseconds since 1970, as `Date.now` does. What was recorded is whole, and can be resumed.',
    );
  };
}

function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : (JSON.stringify(value) ?? typeof value);
}

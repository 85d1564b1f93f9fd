import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../errors.ts';
import { isPlaceAway } from './artifact-exchange.ts';
import { databaseRefusal, isAway, isConflict } from './database.ts';

/** How long what others share is waited for when it is away. */
export interface Patience {
  readonly giveUpAfterMs: number;
  /** In milliseconds, of a clock that nobody sets. */
  readonly now: () => number;
  /** What the database is called in messages. */
  readonly name: string;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal;
  /** Hears once that what is waited for is away, and once that it is back. */
  readonly onChange?: (what: 'database' | 'place', isAway: boolean) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/**
 * Does `act` again and again as long as the database cannot be reached. It may have been done although it failed: the
 * answer can be what was lost. @throws DATABASE_UNUSABLE when that lasts
 */
export async function persistently<T>(act: () => Promise<T>, patience: Patience): Promise<T> {
  const { name } = patience;
  return await whileAway(act, patience, {
    what: 'database',
    isAway,
    refusal: (error) => databaseRefusal(error, name),
    gaveUp: (cause, waitedMs) =>
      new ContractorError(
        'DATABASE_UNUSABLE',
        `The database ${name} could not be reached for ${Math.round(waitedMs / 1000)} s.`,
        'Check the server. A longer wait is set with `--give-up-after`.',
        { cause },
      ),
  });
}

/** The same for the place of artifacts. @throws PLACE_UNUSABLE when it stays away */
export async function untilPlaceIsBack<T>(act: () => Promise<T>, patience: Patience): Promise<T> {
  return await whileAway(act, patience, {
    what: 'place',
    isAway: isPlaceAway,
    refusal: (error) => error,
    gaveUp: (error) => error,
  });
}

async function whileAway<T>(
  act: () => Promise<T>,
  { giveUpAfterMs, now, signal, onChange }: Patience,
  about: {
    readonly what: 'database' | 'place';
    readonly isAway: (error: unknown) => boolean;
    readonly refusal: (error: unknown) => unknown;
    readonly gaveUp: (error: unknown, waitedMs: number) => unknown;
  },
): Promise<T> {
  let awaySince: number | undefined;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      const result = await act();
      if (awaySince !== undefined) onChange?.(about.what, false);
      return result;
    } catch (error) {
      if (isConflict(error)) continue;
      if (!about.isAway(error) || signal?.aborted === true) throw about.refusal(error);
      if (awaySince === undefined) onChange?.(about.what, true);
      awaySince ??= now();
      if (now() - awaySince >= giveUpAfterMs) throw about.gaveUp(error, giveUpAfterMs);
    }
    await wait(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

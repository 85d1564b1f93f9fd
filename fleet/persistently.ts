import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../errors.ts';
import { databaseRefusal, isAway, isConflict } from './database.ts';

/** How long a server that is away is waited for. */
export interface Patience {
  readonly giveUpAfterMs: number;
  readonly now: () => number;
  /** What the database is called in messages. */
  readonly name: string;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal;
  /** Hears once that the server is away, and once that it is back. */
  readonly onChange?: (isAway: boolean) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;

/** Does `act` again and again as long as the database cannot be reached. @throws DATABASE_UNUSABLE when that lasts */
export async function persistently<T>(act: () => Promise<T>, patience: Patience): Promise<T> {
  const { giveUpAfterMs, now, name, signal, onChange } = patience;
  let awaySince: number | undefined;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      const result = await act();
      if (awaySince !== undefined) onChange?.(false);
      return result;
    } catch (error) {
      if (isConflict(error)) continue;
      if (!isAway(error) || signal?.aborted === true) throw databaseRefusal(error, name);
      if (awaySince === undefined) onChange?.(true);
      awaySince ??= now();
      if (now() - awaySince >= giveUpAfterMs) throw gaveUp(error, { name, giveUpAfterMs });
    }
    await wait(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function gaveUp(cause: unknown, { name, giveUpAfterMs }: Pick<Patience, 'name' | 'giveUpAfterMs'>): ContractorError {
  return new ContractorError(
    'DATABASE_UNUSABLE',
    `The database ${name} could not be reached for ${Math.round(giveUpAfterMs / 1000)} s.`,
    'Check the server. A longer wait is set with `--give-up-after`.',
    { cause },
  );
}

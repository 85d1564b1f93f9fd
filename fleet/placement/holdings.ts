import { isCheckpointName } from '../../index.ts';
import type { ArtifactVersion } from '../../index.ts';
import type { Queries } from '../database.ts';

/** The bytes of trees, by their digest. */
export type Holdings = ReadonlyMap<string, number>;

/** What is smaller is fetched sooner than it is waited for. */
export const LEAST_BYTES: number = 1024 ** 2;

/** So many are told of a worker, the newest. */
const MOST_TOLD = 100;

/** Pure: which trees of a store are worth to be told of. */
export function holdingsOf(
  artifacts: readonly Pick<ArtifactVersion, 'name' | 'digest' | 'sizeBytes' | 'createdAt'>[],
): Holdings {
  const large = artifacts.filter(({ name, sizeBytes }) => sizeBytes >= LEAST_BYTES && !isCheckpointName(name));
  const newest = large.toSorted((a, b) => b.createdAt - a.createdAt);
  const sizes = new Map(newest.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
  return new Map([...sizes].slice(0, MOST_TOLD));
}

/** Tells which trees a worker has that has said that it lives. What it has told already is not written again. */
export async function tellHoldings(queries: Queries, worker: string, holdings: Holdings): Promise<void> {
  await queries.query(
    'update contractor.workers set holds = $2::jsonb where name = $1 and holds is distinct from $2::jsonb',
    [worker, JSON.stringify(Object.fromEntries(holdings))],
  );
}

/** Holdings as they are in the database, whoever has written them: what says nothing holds nothing. */
export function readHoldings(value: unknown): Holdings {
  return new Map(
    Object.entries(value ?? {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] >= 0,
    ),
  );
}

/** Pure: the bytes of what is needed that need not be fetched. */
export function heldBytes(needs: readonly string[], holdings: Holdings): number {
  return needs.reduce((sum, digest) => sum + (holdings.get(digest) ?? 0), 0);
}

import { ContractorError } from '../errors.ts';
import type { ArtifactShelf } from '../index.ts';
import type { Queries } from './database.ts';
import { emptyPlaceRefusal, keptPlace } from './kept-place.ts';
import type { KeptPlace } from './kept-place.ts';

/** So many artifacts tell a place from what lies there while it is away. */
const LEFT_LATELY = 20;

/** An artifact, whatever its version is called in a store. */
export interface ArtifactDigest {
  readonly name: string;
  readonly digest: string;
}

/** Where workers leave artifacts for each other. */
export interface ArtifactExchange {
  /** Refuses a place in which nothing is, although artifacts were left there. @throws PLACE_UNUSABLE */
  assertKept(database: Queries): Promise<void>;
  /** Leaves a version of this store there, unless it is there already. */
  push(artifact: { readonly name: string; readonly version: number }, signal?: AbortSignal): Promise<void>;
  /** Brings an artifact into this store, unless it has it. @throws ARTIFACT_UNKNOWN, PLACE_DAMAGED, PLACE_UNUSABLE */
  pull(artifact: ArtifactDigest, signal?: AbortSignal): Promise<void>;
}

/** The place that stores exchange artifacts through: see docs/exchange.md. */
export function exchangeAt(place: string, shelf: ArtifactShelf): ArtifactExchange {
  const kept = keptPlace(place);
  let known: Queries | undefined;
  // What was taken for the place may have been a directory that lay there while it was not mounted.
  const assertSame = async (): Promise<void> => {
    try {
      kept.assertSame();
    } catch (error) {
      if (known === undefined || !(await holdsWhatWasLeft(kept, known))) throw error;
      kept.takeAsItIs();
    }
  };
  return {
    assertKept: async (database) => {
      known = database;
      if (!kept.isEmpty()) return;
      const [one] = await database.query('select 1 from contractor.artifacts limit 1');
      if (one !== undefined) throw emptyPlaceRefusal(place);
    },
    push: async ({ name, version }, signal) => {
      await assertSame();
      await shelf.push(`${name}@${version}`, place, signal === undefined ? {} : { signal });
      kept.assertSame();
    },
    pull: async ({ name, digest }, signal) => {
      await assertSame();
      try {
        await shelf.pull({ name, digest }, place, signal === undefined ? {} : { signal });
      } catch (error) {
        kept.assertSame(); // Else that is why.
        if (!(error instanceof ContractorError) || error.code !== 'ARTIFACT_UNKNOWN') throw error;
        // It was left there before it was recorded, so it was another place, or somebody has removed it.
        throw new ContractorError(
          error.code,
          `The artifact \`${name}@${digest.slice(0, 12)}\` is not where the workers leave artifacts for each other, ${place}.`,
          'Check that this worker has the same `--artifacts` as the others, that it is mounted here, and that nobody removes from it.',
          { cause: error },
        );
      }
    },
  };
}

/** Whether most of what workers have left lately is there. A database that cannot be asked does not say so. */
async function holdsWhatWasLeft(kept: KeptPlace, database: Queries): Promise<boolean> {
  const left = await database
    .query<ArtifactDigest>('select name, digest from contractor.artifacts order by created_at desc limit $1', [
      LEFT_LATELY,
    ])
    .catch(() => []);
  return left.filter((artifact) => kept.holds(artifact)).length > left.length / 2;
}

/** Whether the place, and not the artifact, is what is wrong: it may be better later. */
export function isPlaceAway(error: unknown): boolean {
  return error instanceof ContractorError && error.code === 'PLACE_UNUSABLE';
}

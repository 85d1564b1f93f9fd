import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContractorError } from '../errors.ts';

/**
 * Watches over a place that is a directory: a file system that is not mounted leaves an empty one behind, in which nobody finds
 * what was left there, and which hides what is left in it as soon as it is mounted again.
 */
export interface KeptPlace {
  /** Whether there is nothing in it. @throws PLACE_UNUSABLE when it cannot be read, or is none any more */
  isEmpty(): boolean;
  /** @throws PLACE_UNUSABLE when it is another directory than before, or none any more */
  assertSame(): void;
  /** Whether an artifact was left in it: see docs/exchange.md. */
  holds(artifact: { readonly name: string; readonly digest: string }): boolean;
  /** From now on it is the directory that there is now. */
  takeAsItIs(): void;
}

const DIGEST = /^[0-9a-f]{64}$/;

/** The place as it is now. Where it is none yet, or no directory of this host, nothing is watched. */
export function keptPlace(place: string): KeptPlace {
  const directory = directoryOf(place);
  let before = inodeOf(directory);
  const assertSame = (): void => {
    if (before === undefined || inodeOf(directory) === before) return;
    throw new ContractorError(
      'PLACE_UNUSABLE',
      `${place} is not the directory that it was: it is not mounted, or was moved.`,
      'Mount it again. If it is meant to be another one, start this worker again.',
    );
  };
  return {
    isEmpty: () => {
      if (directory === undefined || before === undefined) return false;
      try {
        return readdirSync(directory).length === 0;
      } catch (error) {
        assertSame(); // Else that is why.
        throw new ContractorError(
          'PLACE_UNUSABLE',
          `${place} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
          'Let this user read it, and look whether the host that has it is there.',
          { cause: error },
        );
      }
    },
    assertSame,
    // Both come from a database that anybody may have written: nothing outside of the place says what it is.
    holds: ({ name, digest }) =>
      directory !== undefined &&
      !name.includes('/') &&
      DIGEST.test(digest) &&
      existsSync(join(directory, 'artifacts', name, digest)),
    takeAsItIs: () => {
      before = inodeOf(directory);
    },
  };
}

/** Says no to an empty place where workers have left artifacts. @throws PLACE_UNUSABLE */
export function emptyPlaceRefusal(place: string): ContractorError {
  return new ContractorError(
    'PLACE_UNUSABLE',
    `${place} is empty, but workers have left artifacts for each other.`,
    'Mount it, or name the directory that the other workers have.',
  );
}

/** The number alone: a network file system is another device each time that it is mounted. Of what cannot be asked there is none. */
function inodeOf(directory: string | undefined): number | undefined {
  if (directory === undefined) return undefined;
  try {
    const found = statSync(directory);
    return found.isDirectory() ? found.ino : undefined;
  } catch {
    return undefined;
  }
}

function directoryOf(place: string): string | undefined {
  if (place.startsWith('file://')) return fileURLToPath(place);
  if (place.startsWith('file:')) return place.slice(5);
  return place.startsWith('/') ? place : undefined;
}

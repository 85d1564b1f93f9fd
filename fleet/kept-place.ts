import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ContractorError } from '../errors.ts';

/**
 * Watches over a place that is a directory: a file system that is not mounted leaves an empty one behind, in which nobody finds
 * what was left there, and which hides what is left in it as soon as it is mounted again.
 */
export interface KeptPlace {
  /** Whether there is nothing in it. */
  isEmpty(): boolean;
  /** @throws PLACE_UNUSABLE when it is another directory than before, or none any more */
  assertSame(): void;
}

/** The place as it is now. Where it is none yet, or no directory of this host, nothing is watched. */
export function keptPlace(place: string): KeptPlace {
  const directory = directoryOf(place);
  const before = inodeOf(directory);
  return {
    isEmpty: () => directory !== undefined && before !== undefined && readdirSync(directory).length === 0,
    assertSame: () => {
      if (before === undefined || inodeOf(directory) === before) return;
      throw new ContractorError(
        'PLACE_UNUSABLE',
        `${place} is not the directory that it was: it is not mounted, or was moved.`,
        'Mount it again. If it is meant to be another one, start this worker again.',
      );
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

/** The number alone: a network file system is another device each time that it is mounted. */
function inodeOf(directory: string | undefined): number | undefined {
  return directory === undefined ? undefined : statSync(directory, { throwIfNoEntry: false })?.ino;
}

function directoryOf(place: string): string | undefined {
  if (place.startsWith('file://')) return fileURLToPath(place);
  if (place.startsWith('file:')) return place.slice(5);
  return place.startsWith('/') ? place : undefined;
}

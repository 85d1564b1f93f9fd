import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { diskBytes } from './disk-bytes.ts';
import { errorCode } from './error-code.ts';
import { removeInPlace } from './remove-tree.ts';
import { entryAt } from './tree-entry.ts';

/** Gives back the room of what nothing uses any more. */
export interface SweepObjectsJob {
  /**
   * What a killed process left (`.staging-…`, `.removed-…`, `.new-…`) and nobody has
   * touched since this time, in milliseconds since 1970, goes too. It must be before
   * the start of any job that may still run.
   */
  readonly abandonedBefore: number;
}

export interface SweepObjectsResult {
  readonly objects: number;
  readonly sizeBytes: number;
  /** What of the disk is free again, by both. */
  readonly freedBytes: number;
  /** Leftovers of killed processes. */
  readonly abandoned: number;
}

/**
 * Unlinks every object that no artifact or layer links to.
 *
 * A publisher may be about to link one of them: it notices that the object went
 * and makes it again. The other way round, an object that gets a link after it was
 * looked at loses its name but not its contents: the next publisher makes a new one.
 */
export function sweepObjects({ abandonedBefore }: SweepObjectsJob, trees: BytePath): SweepObjectsResult {
  const result = { objects: 0, sizeBytes: 0, freedBytes: 0, abandoned: 0 };
  for (const folder of ['objects', 'artifacts', 'layers', 'attempts']) {
    for (const name of namesIn(inside(trees, folder))) {
      if (!/^\.(staging|removed|new)-/.test(name)) continue;
      const location = inside(trees, `${folder}/${name}`);
      if ((lstatSync(systemPath(location), { throwIfNoEntry: false })?.ctimeMs ?? Infinity) >= abandonedBefore)
        continue;
      result.freedBytes += removeInPlace(location);
      result.abandoned++;
    }
  }
  for (const bucket of namesIn(inside(trees, 'objects'))) {
    if (!/^[0-9a-f]{2}$/.test(bucket)) continue;
    for (const name of namesIn(inside(trees, `objects/${bucket}`))) {
      const location = inside(trees, `objects/${bucket}/${name}`);
      const object = entryAt(location, name);
      if (object?.links !== 1) continue;
      const stats = lstatSync(systemPath(location), { throwIfNoEntry: false });
      if (stats === undefined) continue;
      unlinkSync(systemPath(location));
      result.objects++;
      result.sizeBytes += object.sizeBytes;
      result.freedBytes += diskBytes(stats);
    }
  }
  return result;
}

function namesIn(directory: BytePath): BytePath[] {
  try {
    return readdirSync(systemPath(directory), 'latin1');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

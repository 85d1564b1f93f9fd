import { lstatSync, readdirSync } from 'node:fs';
import { bytePath, inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { diskBytes } from './disk-bytes.ts';
import { errorCode } from './error-code.ts';

/** How much of the disk trees take, by their paths from the root of the trees; without any, all trees together. */
export interface MeasureJob {
  readonly paths?: readonly string[];
}

export interface MeasureResult {
  /** Of each path what it takes. A file with several names counts for the first of them. */
  readonly sizes: readonly number[];
  readonly totalBytes: number;
  /** What the disk gets back when all of these go, and then the objects that nothing uses. */
  readonly freeableBytes: number;
}

/** Measures trees that may be changing: what goes meanwhile is not counted. */
export function measureTrees({ paths }: MeasureJob, trees: BytePath): MeasureResult {
  const linked = new Map<number, { links: number; readonly bytes: number }>();
  let freeableBytes = 0;
  const sizeOf = (top: BytePath): number => {
    let sum = 0;
    const pending = [top];
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      const stats = lstatSync(systemPath(path), { throwIfNoEntry: false });
      if (stats === undefined) continue;
      const bytes = diskBytes(stats);
      if (stats.isDirectory()) {
        for (const name of namesIn(path)) pending.push(inside(path, name));
      } else if (stats.nlink > 1) {
        const seen = linked.get(stats.ino);
        if (seen !== undefined) {
          seen.links--;
          continue;
        }
        linked.set(stats.ino, { links: stats.nlink - 1, bytes });
        sum += bytes;
        continue;
      }
      sum += bytes;
      freeableBytes += bytes;
    }
    return sum;
  };
  const sizes = (paths ?? ['layers', 'objects', 'artifacts', 'attempts']).map((path) =>
    sizeOf(inside(trees, bytePath(path))),
  );
  // One name that is left is that of the object, which goes when nothing else is.
  for (const { links, bytes } of linked.values()) if (links <= 1) freeableBytes += bytes;
  return { sizes, totalBytes: sizes.reduce((sum, size) => sum + size, 0), freeableBytes };
}

function namesIn(directory: BytePath): BytePath[] {
  try {
    return readdirSync(systemPath(directory), 'latin1');
  } catch (error) {
    // EACCES: a step may leave directories that their owner may not read.
    if (['ENOENT', 'EACCES'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}

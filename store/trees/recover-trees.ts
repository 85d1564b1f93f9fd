import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { bytePath, inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { errorCode } from './error-code.ts';
import { hashFile } from './hash-file.ts';
import { objectPath } from './objects.ts';
import type { OnProgress } from './progress.ts';
import { removeTree } from './remove-tree.ts';
import { entryAt } from './tree-entry.ts';

/** What a power cut may have left, and what of it is named by the records. */
export interface RecoverTreesJob {
  /** When the last flush began that was complete, in milliseconds since 1970: what has not changed since is whole. */
  readonly flushedAt: number;
  /** When this boot was first seen. What has changed since belongs to somebody who is alive. */
  readonly seenAt: number;
  readonly layers: readonly string[];
  readonly attempts: readonly string[];
  /** Those that have failed: what they left is kept, to be looked at. */
  readonly failedAttempts: readonly string[];
  /** `<name>/<digest>` of the artifacts that there are. */
  readonly artifacts: readonly string[];
}

export interface RecoverTreesResult {
  /** Layers, attempts and artifacts that no record names. */
  readonly unnamed: number;
  /** Objects whose contents are not those in their name. */
  readonly damagedObjects: number;
}

/** The kernel dates files by its tick, so by up to a hundredth of a second too early. */
export const TICK_MS = 100;

/** What is in the directory of an attempt until it has ended. */
const HALF_DONE = ['upper', 'work', 'root-upper', 'root-work', 'exit.new'];

/**
 * After a power cut: removes every tree that no record names, what was half done, and every object
 * that changed since the last flush and is not whole. A directory entry may reach
 * the disk before the contents of the file, so neither size nor name tells.
 *
 * It may run twice at once, and beside builds of this boot.
 */
export function recoverTrees(
  job: RecoverTreesJob,
  { trees, onProgress }: { trees: BytePath; onProgress: OnProgress },
): RecoverTreesResult {
  const isOld = (location: BytePath): boolean => (changedAt(location) ?? Infinity) < job.seenAt - TICK_MS;
  let unnamed = 0;
  const sweep = (directory: BytePath, names: ReadonlySet<BytePath>): void => {
    for (const name of namesIn(inside(trees, directory))) {
      const location = inside(trees, `${directory}/${name}`);
      if (names.has(name) || !isOld(location)) continue;
      removeTree(location);
      unnamed++;
    }
  };
  sweep('layers', new Set(job.layers.map(bytePath)));
  sweep('attempts', new Set(job.attempts.map(bytePath)));
  // What was running is dead, and no layer is taken from an attempt that has ended.
  const failed = new Set(job.failedAttempts.map(bytePath));
  for (const attempt of namesIn(inside(trees, 'attempts'))) {
    // What begins with a dot is being removed, by this process or another.
    if (failed.has(attempt) || attempt.startsWith('.')) continue;
    for (const name of HALF_DONE) {
      const location = inside(trees, `attempts/${attempt}/${name}`);
      if (isOld(location)) removeTree(location);
    }
  }
  const artifacts = new Set(job.artifacts.map(bytePath));
  for (const name of namesIn(inside(trees, 'artifacts'))) {
    if (name.startsWith('.')) {
      const location = inside(trees, `artifacts/${name}`);
      if (isOld(location)) removeTree(location);
      continue;
    }
    const digests = [...artifacts]
      .filter((each) => each.startsWith(`${name}/`))
      .map((each) => each.slice(name.length + 1));
    sweep(`artifacts/${name}`, new Set(digests));
  }

  let damagedObjects = 0;
  for (const bucket of namesIn(inside(trees, 'objects'))) {
    for (const name of namesIn(inside(trees, `objects/${bucket}`))) {
      const object = `objects/${bucket}/${name}`;
      const location = inside(trees, object);
      const changed = changedAt(location);
      if (changed === undefined || changed < job.flushedAt - TICK_MS || isWhole(object, location)) continue;
      unlinkSync(systemPath(location));
      damagedObjects++;
      onProgress({ files: 1, bytes: 0 });
    }
  }
  return { unnamed, damagedObjects };
}

/** Whether an object has the contents, mode and owner that its name says. */
function isWhole(object: BytePath, location: BytePath): boolean {
  const entry = entryAt(location, object);
  if (entry?.type !== 'file') return false;
  try {
    return objectPath({ hash: hashFile(location), entry }) === object.replace(/\.\d+$/, '');
  } catch (error) {
    if (errorCode(error) === 'EIO') return false;
    throw error;
  }
}

function changedAt(location: BytePath): number | undefined {
  return lstatSync(systemPath(location), { throwIfNoEntry: false })?.ctimeMs;
}

function namesIn(directory: BytePath): BytePath[] {
  try {
    return readdirSync(systemPath(directory), 'latin1');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

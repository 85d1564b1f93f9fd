import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { nanoid } from 'nanoid';
import { inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { diskBytes } from './disk-bytes.ts';
import { errorCode } from './error-code.ts';
import { entryAt } from './tree-entry.ts';

/** Longer paths leave no room for another name in the 4096 bytes of PATH_MAX. */
const LONG_PATH = 3000;

/** So often a directory is emptied in which there is something again. */
const MOST_TURNS = 100;

/**
 * Removes whatever a build can leave at `location`; nothing there is fine.
 *
 * It is renamed first (`.removed-…` beside it), so that half of it is never
 * seen under its name. Links are never followed; directories of mode 0 are
 * opened; one that is nested deeper than a path can reach is moved up.
 */
export function removeTree(location: BytePath): void {
  const doomed = inside(location.slice(0, Math.max(0, location.lastIndexOf('/'))), `.removed-${nanoid()}`);
  try {
    renameSync(systemPath(location), systemPath(doomed));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  removeInPlace(doomed);
}

/**
 * The same for what nobody looks for under its name any more: one that is cut off leaves the rest where whoever comes
 * next finds it. Two may do it at once. Gives how much of the disk it has freed: a file that is linked elsewhere frees nothing.
 */
export function removeInPlace(location: BytePath): number {
  if (entryAt(location, '')?.type === 'directory') return removeDirectory(location);
  return freedBy(location);
}

function removeDirectory(doomed: BytePath): number {
  const pending: { path: BytePath; isEmpty: boolean; turns: number }[] = [{ path: doomed, isEmpty: false, turns: 0 }];
  let moved = 0;
  let freed = 0;
  for (;;) {
    const directory = pending.at(-1);
    if (!directory) return freed;
    if (directory.isEmpty) {
      if (isRemoved(directory.path, directory.turns === MOST_TURNS)) pending.pop();
      else directory.isEmpty = false;
      continue;
    }
    directory.isEmpty = true; // When we are back here, what is pushed now is gone.
    const bytes = makeAccessible(directory.path);
    if (directory.turns++ === 0) freed += bytes;
    for (const entry of entriesOf(directory.path)) {
      let path = inside(directory.path, entry.name);
      if (!entry.isDirectory()) {
        freed += freedBy(path);
        continue;
      }
      if (path.length > LONG_PATH) {
        const near = `${doomed}-${++moved}`;
        makeAccessible(path); // To move a directory is to change its `..`.
        renameSync(systemPath(path), systemPath(near));
        path = near;
      }
      pending.push({ path, isEmpty: false, turns: 0 });
    }
  }
}

/** Whether an emptied directory is gone. Else somebody who had found it before it was renamed has laid something in it meanwhile. */
function isRemoved(directory: BytePath, isLastTurn: boolean): boolean {
  try {
    ifThere(() => rmdirSync(systemPath(directory)));
    return true;
  } catch (error) {
    if (isLastTurn || errorCode(error) !== 'ENOTEMPTY') throw error;
    return false;
  }
}

/** Unlinks a file. What of the disk that gives back. */
function freedBy(path: BytePath): number {
  const stats = lstatSync(systemPath(path), { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  ifThere(() => unlinkSync(systemPath(path)));
  return stats.nlink === 1 ? diskBytes(stats) : 0;
}

function entriesOf(directory: BytePath): Dirent[] {
  return ifThere(() => readdirSync(systemPath(directory), { encoding: 'latin1', withFileTypes: true })) ?? [];
}

/** Another process may be removing the same. */
function ifThere<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Root of a user namespace needs no permission; an ordinary user does. What the directory itself takes of the disk. */
function makeAccessible(directory: BytePath): number {
  const stats = lstatSync(systemPath(directory), { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if ((stats.mode & 0o700) !== 0o700) ifThere(() => chmodSync(systemPath(directory), 0o700));
  return diskBytes(stats);
}

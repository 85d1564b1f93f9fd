import { chmodSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { nanoid } from 'nanoid';
import { inside, systemPath } from './byte-path.ts';
import type { BytePath } from './byte-path.ts';
import { errorCode } from './error-code.ts';
import { entryAt } from './tree-entry.ts';

/** Longer paths leave no room for another name in the 4096 bytes of PATH_MAX. */
const LONG_PATH = 3000;

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
  if (entryAt(doomed, '')?.type === 'directory') removeDirectory(doomed);
  else unlinkSync(systemPath(doomed));
}

function removeDirectory(doomed: BytePath): void {
  const pending: { path: BytePath; isEmpty: boolean }[] = [{ path: doomed, isEmpty: false }];
  let moved = 0;
  for (;;) {
    const directory = pending.at(-1);
    if (!directory) return;
    if (directory.isEmpty) {
      rmdirSync(systemPath(directory.path));
      pending.pop();
      continue;
    }
    directory.isEmpty = true; // When we are back here, what is pushed now is gone.
    makeAccessible(directory.path);
    for (const entry of readdirSync(systemPath(directory.path), { encoding: 'latin1', withFileTypes: true })) {
      let path = inside(directory.path, entry.name);
      if (!entry.isDirectory()) {
        unlinkSync(systemPath(path));
        continue;
      }
      if (path.length > LONG_PATH) {
        const near = `${doomed}-${++moved}`;
        makeAccessible(path); // To move a directory is to change its `..`.
        renameSync(systemPath(path), systemPath(near));
        path = near;
      }
      pending.push({ path, isEmpty: false });
    }
  }
}

/** Root of a user namespace needs no permission; an ordinary user does. */
function makeAccessible(directory: BytePath): void {
  if (((entryAt(directory, '')?.mode ?? 0) & 0o700) !== 0o700) chmodSync(systemPath(directory), 0o700);
}

import { readdirSync } from 'node:fs';
import type { Store } from '../store/open-store.ts';

/**
 * Removes the lock files of runs that have ended, of those whose process was killed right after it had recorded the
 * end; and of runs that a power cut has taken out of the records.
 */
export function sweepLocks(store: Store): void {
  for (const name of readdirSync(store.paths.runs)) {
    const run = /^([^.]+)\.lock$/.exec(name)?.[1];
    if (run === undefined) continue;
    if (store.getRun(run)?.ended !== null) store.runOwner(run); // a look at what nobody holds removes it
  }
}

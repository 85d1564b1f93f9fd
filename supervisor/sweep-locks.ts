import { readdirSync } from 'node:fs';
import type { Store } from '../store/open-store.ts';

/** Removes the lock files of runs that have ended: of those whose process was killed right after it had recorded the end. */
export function sweepLocks(store: Store): void {
  for (const name of readdirSync(store.paths.runs)) {
    const run = /^([^.]+)\.lock$/.exec(name)?.[1];
    if (run === undefined) continue;
    const ended = store.getRun(run)?.ended;
    if (ended !== null && ended !== undefined) store.runOwner(run); // a look at what nobody holds removes it
  }
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../store/open-store.ts';
import { removeFile } from '../store/remove-file.ts';

/**
 * Removes the lock files of runs that have ended, and what they told of their progress, of those whose process was killed right after it had recorded the
 * end; and of runs that a power cut has taken out of the records.
 */
export function sweepLocks(store: Store): void {
  for (const name of readdirSync(store.paths.runs)) {
    const run = /^([^.]+)\.(lock(-journal)?|progress(\.new)?)$/.exec(name)?.[1];
    if (run === undefined) continue;
    const found = store.getRun(run);
    if (found?.ended === null) continue;
    store.transaction(() => {
      // Nobody can own what is not recorded.
      if (found !== undefined && store.runOwner(run).type === 'somebody') return;
      removeFile(join(store.paths.runs, name));
    });
  }
}

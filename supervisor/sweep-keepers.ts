import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../store/open-store.ts';
import type { Clocks } from './clocks.ts';
import type { Sandbox } from './sandbox.ts';

/** A keeper that has not written down its pid after this never will. */
const STARTING_MS = 60_000;

/** Removes the directories of keepers that are gone: of runs that nobody came back to. How their attempts ended is not there. */
export function sweepKeepers({
  store: { paths },
  sandbox,
  hostNow,
}: Pick<Clocks, 'hostNow'> & {
  readonly store: Store;
  readonly sandbox: Pick<Sandbox, 'isKeeperAlive' | 'removeKeeper'>;
}): void {
  for (const id of readdirSync(paths.keepers)) {
    const directory = join(paths.keepers, id);
    if (sandbox.isKeeperAlive(directory)) continue;
    const made = statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? hostNow();
    if (hostNow() - made > STARTING_MS) sandbox.removeKeeper(directory);
  }
}

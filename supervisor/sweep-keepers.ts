import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isKeeperAlive } from '../sandbox/keeper-life.ts';
import type { Store } from '../store/open-store.ts';

/** A keeper that has not written down its pid after this never will. */
const STARTING_MS = 60_000;

/** Removes the directories of keepers that are gone: of runs that nobody came back to. How their attempts ended is not there. */
export function sweepKeepers({ paths }: Store, now: number): void {
  for (const id of readdirSync(paths.keepers)) {
    const directory = join(paths.keepers, id);
    if (isKeeperAlive(directory)) continue;
    const made = statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? now;
    if (now - made > STARTING_MS) rmSync(directory, { recursive: true, force: true });
  }
}

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SCRATCH } from '../scratch-id.ts';
import type { GcWorld } from './gc-world.ts';

/** What nobody has touched for so long belongs to nobody: an import has no record of what it unpacks. */
export const ABANDONED_MS: number = 24 * 60 * 60 * 1000;

/** Notes as doomed what processes that were killed have left without a record. Gives how much that is. */
export function doomLeftovers({ store, sandbox, hostNow }: GcWorld): number {
  const { trees, keepers } = store.paths;
  const before = hostNow() - ABANDONED_MS;
  const old = (folder: string): string[] =>
    readdirSync(join(trees, folder)).filter(
      (name) => (lstatSync(join(trees, folder, name), { throwIfNoEntry: false })?.ctimeMs ?? Infinity) < before,
    );
  const names = old('artifacts').filter((name) => !name.startsWith('.'));
  return store.doomUnnamed({
    layers: old('layers').filter((name) => !name.startsWith('.') || name.startsWith('.new-')),
    attempts: old('attempts').filter(
      (name) => !name.startsWith('.') && !(name.startsWith(SCRATCH) && sandbox.isKeeperAlive(join(keepers, name))),
    ),
    artifacts: names.flatMap((name) => old(join('artifacts', name)).map((digest) => `${name}/${digest}`)),
  });
}

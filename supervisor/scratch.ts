import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { IdMap } from '../sandbox/id-map.ts';
import { isKeeperAlive } from '../sandbox/keeper-life.ts';
import { unlessKilledAgain } from '../sandbox/killed-from-outside.ts';
import type { Store } from '../store/open-store.ts';
import { SCRATCH } from './scratch-id.ts';
import type { Sandbox } from './sandbox.ts';

interface ScratchWorld {
  readonly store: Store;
  readonly sandbox: Sandbox;
  readonly idMap: () => IdMap;
}

/** Removes what scratch attempts have left whose keeper was killed before it could. */
export async function sweepScratch(world: ScratchWorld): Promise<void> {
  const { trees, keepers } = world.store.paths;
  const left = readdirSync(join(trees, 'attempts')).filter((name) => name.startsWith(SCRATCH));
  for (const id of left) if (!isKeeperAlive(join(keepers, id))) await removeScratch(id, world);
}

/** Removes what a scratch attempt has written. */
export async function removeScratch(id: string, { store, sandbox, idMap }: ScratchWorld): Promise<void> {
  const { trees, keepers } = store.paths;
  if (existsSync(join(trees, 'attempts', id))) {
    const command = ['/bin/rm', '-rf', '--', `attempts/${id}`] as const;
    await unlessKilledAgain(() => sandbox.runInIdMap({ trees, idMap: idMap(), command }));
  }
  sandbox.removeKeeper(join(keepers, id));
}

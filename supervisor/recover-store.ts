import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { IdMap } from '../sandbox/id-map.ts';
import { unlessKilledAgain } from '../sandbox/killed-from-outside.ts';
import type { Store } from '../store/open-store.ts';
import { TICK_MS } from '../store/trees/recover-trees.ts';
import type { Suspicion } from './note-boot.ts';
import { hostSandbox } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';

/** Removes what a power cut has torn or left without a record, and the keepers of earlier boots. To be done before anything is added to the trees. */
export async function recoverTrees(
  store: Store,
  idMap: () => IdMap,
  sandbox: Pick<Sandbox, 'runTreeJob' | 'isKeeperAlive' | 'removeKeeper'> = hostSandbox,
): Promise<void> {
  const suspicion = store.getMeta('suspicion') as Suspicion | null | undefined;
  if (suspicion === undefined || suspicion === null) return;
  await unlessKilledAgain(() =>
    sandbox.runTreeJob(
      { type: 'recover', ...suspicion, ...store.namedTrees() },
      { trees: store.paths.trees, idMap: idMap() },
    ),
  );
  removeKeepers(store.paths.keepers, { before: suspicion.seenAt, sandbox });
  store.setMeta('suspicion', null);
}

/** Nobody comes back to a keeper of an earlier boot whose attempts are all forgotten. */
function removeKeepers(
  keepers: string,
  { before, sandbox }: { readonly before: number; readonly sandbox: Pick<Sandbox, 'isKeeperAlive' | 'removeKeeper'> },
): void {
  for (const id of readdirSync(keepers)) {
    const directory = join(keepers, id);
    const changed = statSync(directory, { throwIfNoEntry: false })?.ctimeMs ?? Infinity;
    if (changed < before - TICK_MS && !sandbox.isKeeperAlive(directory)) sandbox.removeKeeper(directory);
  }
}

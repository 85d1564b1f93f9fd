import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../store/open-store.ts';
import type { GcOptions } from './gc-report.ts';
import type { GcWorld } from './gc-world.ts';

/** So many trees at once: what a killed process has done of them is looked at again. */
const BATCH = 500;

/**
 * Removes from the disk what no record names any more, also what a killed process has left of that. Gives how
 * much of the disk is free again.
 *
 * The records that name it no more are on the disk first: after a power cut nothing is named that is gone.
 */
export async function removeDoomedTrees(
  { store, sandbox, idMap }: GcWorld,
  { onProgress }: GcOptions = {},
): Promise<number> {
  const doomed = store.doomedTrees();
  if (doomed.length === 0) return 0;
  await store.flushRecords();
  const place = { trees: store.paths.trees, idMap: idMap() };
  let freed = 0;
  const remove = async (paths: readonly string[]): Promise<void> => {
    if (paths.length > 0) freed += (await sandbox.runTreeJob({ type: 'remove-doomed', paths }, place)).freedBytes;
  };
  for (let done = 0; done < doomed.length; done += BATCH) {
    onProgress?.({ label: 'removing files', done, total: doomed.length });
    const batch = doomed.slice(done, done + BATCH);
    const artifacts = batch.filter((path) => path.startsWith('artifacts/'));
    // What was put aside by somebody who was killed is in the way.
    await remove(artifacts.map(aside).filter((path) => existsSync(join(place.trees, path))));
    const unnamed = artifacts.filter((path) => putAside(store, path));
    await remove([...batch.filter((path) => !artifacts.includes(path)), ...unnamed.map(aside)]);
    store.pardonTrees(batch);
  }
  return freed;
}

/**
 * The tree of an artifact is called after its contents, and may be made again at any moment. So it is taken out of the
 * way while nobody can record a version: who has found it there looks again as it records one.
 */
function putAside(store: Store, path: string): boolean {
  return store.transaction(() => {
    const [, name = '', digest = ''] = path.split('/');
    if (store.isArtifactTree({ name, digest })) {
      store.pardonTrees([path]);
      return false;
    }
    const { trees } = store.paths;
    if (existsSync(join(trees, path))) renameSync(join(trees, path), join(trees, aside(path)));
    return true;
  });
}

function aside(path: string): string {
  const [, name, digest] = path.split('/');
  return `artifacts/.removed-${name}-${digest}`;
}

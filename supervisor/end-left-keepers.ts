import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunWorld } from './run-world.ts';

/**
 * Ends the keepers of a run that are still there when all its projects have ended:
 * those whose supervisor was killed between the end of a project and that of its
 * keeper. Before the run is recorded as ended, since nobody comes back to it after that.
 */
export async function endLeftKeepers({
  run,
  store,
  sandbox,
}: Pick<RunWorld, 'run' | 'store' | 'sandbox'>): Promise<void> {
  const left = readdirSync(store.paths.keepers);
  if (left.length === 0) return;
  const ours = new Set(store.listAttempts(run).map(({ keeper }) => keeper));
  for (const keeper of left.filter((name) => ours.has(name))) {
    const directory = join(store.paths.keepers, keeper);
    const connected = await sandbox.connectKeeper(directory);
    await connected?.quit();
    await sandbox.keeperGone(directory);
    sandbox.removeKeeper(directory);
  }
}

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectKeeper, keeperGone } from '../sandbox/keeper.ts';
import type { RunWorld } from './run-world.ts';

/**
 * Ends the keepers of a run that are still there when all its projects have ended:
 * those whose supervisor was killed between the end of a project and that of its
 * keeper. Before the run is recorded as ended, since nobody comes back to it after that.
 */
export async function endLeftKeepers({ run, store }: Pick<RunWorld, 'run' | 'store'>): Promise<void> {
  const left = readdirSync(store.paths.keepers);
  if (left.length === 0) return;
  const ours = new Set(store.listAttempts(run).map(({ keeper }) => keeper));
  for (const keeper of left.filter((name) => ours.has(name))) {
    const directory = join(store.paths.keepers, keeper);
    const connected = await connectKeeper(directory);
    await connected?.quit();
    await keeperGone(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}

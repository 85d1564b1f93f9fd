import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectKeeper } from '../sandbox/keeper.ts';
import type { RunWorld } from './run-world.ts';

/**
 * Ends what an earlier process left running: its keepers with all that is in them,
 * and the records of their attempts, which are then run again from the layers
 * before them. The layer of such an attempt was never sealed or never named.
 */
export async function endCutOffAttempts({ run, store, events, now }: RunWorld): Promise<void> {
  const attempts = store.runningAttempts(run);
  for (const { keeper } of attempts) {
    const directory = join(store.paths.keepers, keeper);
    if (existsSync(join(directory, 'socket'))) {
      const connected = await connectKeeper(directory).catch(() => undefined); // it is gone already
      await connected?.quit();
    }
    rmSync(directory, { recursive: true, force: true });
  }
  for (const { id, project, step, number, startedAt } of attempts) {
    const endedAt = now();
    events.commit((record) => {
      store.endAttempt(id, { endedAt, outcome: { type: 'interrupted' } });
      record({
        type: 'step-ended',
        project,
        step,
        attempt: number,
        attemptId: id,
        outcome: { type: 'interrupted' },
        durationMs: endedAt - startedAt,
        next: 'retry',
      });
    });
  }
}

import { join } from 'node:path';
import type { RunWorld } from './run-world.ts';

/**
 * Ends what an earlier process left running in a run that is to be cancelled: its
 * keepers with all that is in them, and the records of their attempts.
 */
export async function endLeftAttempts(
  { run, store, sandbox, idMap, bootId, events, now }: RunWorld,
  by: string,
): Promise<void> {
  for (const { id, project, step, number, keeper, startedAt, bootId: ofBoot } of store.runningAttempts(run)) {
    const directory = join(store.paths.keepers, keeper);
    if (ofBoot === bootId) {
      const connected = await sandbox.connectKeeper(directory);
      await connected?.quit();
      await sandbox.keeperGone(directory);
    }
    sandbox.removeKeeper(directory);
    await sandbox.discardRemains(id, { trees: store.paths.trees, idMap });
    const endedAt = now();
    const outcome = { type: 'cancelled', by } as const;
    events.commit((record) => {
      store.endAttempt(id, { endedAt, outcome });
      const durationMs = endedAt - startedAt;
      record({ type: 'step-ended', project, step, attempt: number, attemptId: id, outcome, durationMs, next: 'end' });
    });
  }
}

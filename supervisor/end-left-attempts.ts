import { join } from 'node:path';
import type { Outcome } from '../machines/outcome.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import { momentOf } from './clocks.ts';
import { isLeftByHand } from './end-left-by-hand.ts';
import type { RunWorld } from './run-world.ts';

/**
 * Ends what an earlier process left running in a run, or those attempts of it that `which` takes: their
 * keepers with all that is in them, and their records.
 */
export async function endLeftAttempts(
  { run, store, sandbox, idMap, bootId, events, now, hostNow }: RunWorld,
  outcome: Extract<Outcome, { type: 'cancelled' | 'interrupted' }>,
  which: (attempt: AttemptRecord) => boolean = () => true,
): Promise<void> {
  const left = store.runningAttempts(run).filter((attempt) => !isLeftByHand(attempt) && which(attempt));
  for (const { id, project, step, number, keeper, startedAt, bootId: ofBoot } of left) {
    const directory = join(store.paths.keepers, keeper);
    if (ofBoot === bootId) {
      const connected = await sandbox.connectKeeper(directory);
      await connected?.quit();
      await sandbox.keeperGone(directory);
    }
    sandbox.removeKeeper(directory);
    await sandbox.discardRemains(id, { trees: store.paths.trees, idMap });
    const ended = momentOf({ now, hostNow });
    events.commit((record) => {
      store.endAttempt(id, { endedAt: ended.host, toldEndedAt: ended.told, outcome });
      const durationMs = ended.host - startedAt;
      const next = outcome.type === 'cancelled' ? 'end' : 'retry';
      record({ type: 'step-ended', project, step, attempt: number, attemptId: id, outcome, durationMs, next });
    });
  }
}

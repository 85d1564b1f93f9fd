import type { AttemptRecord } from '../store/records/attempts.ts';
import { momentOf } from './clocks.ts';
import type { RunWorld } from './run-world.ts';

/**
 * Whether a person was about to commit it when contractor was killed, or is just now: nobody has heard of it.
 * No other attempt that runs is without a keeper.
 */
export function isLeftByHand({ type, keeper }: Pick<AttemptRecord, 'type' | 'keeper'>): boolean {
  return type === 'running' && keeper === '';
}

/** Ends such attempts of a run that this process owns; nothing of them is kept. */
export async function endLeftByHand(
  run: string,
  { store, sandbox, idMap, now, hostNow }: Pick<RunWorld, 'store' | 'sandbox' | 'idMap' | 'now' | 'hostNow'>,
): Promise<void> {
  for (const { id } of store.runningAttempts(run).filter(isLeftByHand)) {
    await sandbox.discardRemains(id, { trees: store.paths.trees, idMap });
    const { host, told } = momentOf({ now, hostNow });
    store.endAttempt(id, { endedAt: host, toldEndedAt: told, outcome: { type: 'interrupted' } });
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../../errors.ts';
import type { Place } from '../../exchange/place.ts';
import { KEYS } from './at-place.ts';
import type { Bill } from './at-place.ts';

/** A prune whose mark is older is dead. */
export const STALE_MS = 600_000;

/** A mark is written again after this. */
export const REFRESH_MS = 60_000;

const LOOK_AGAIN_MS = 1000;

/** What a push has written of itself, so that no prune takes what it relies on. */
export interface PushMark {
  /** To be called now and then while the push is at work. */
  refresh(): Promise<void>;
  /** @throws PLACE_UNUSABLE when the mark is gone: the push has taken so long that a prune took it for dead */
  assertThere(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Says at the place that a push has begun, and waits for those prunes that may have looked before.
 *
 *     push:   writes its mark ─► looks for prunes, waits until they have ended ─► relies on what is there
 *     prune:  writes its mark ─► looks for pushes, keeps what they may rely on ─► removes
 *
 * So at least one of the two sees the other. Who is dead is told by the clock of the place alone: a mark is written, and its time compared
 * with those of the others.
 */
export async function markPush(
  place: Place,
  bill: Bill,
  { signal, lookAgainMs = LOOK_AGAIN_MS }: { readonly signal?: AbortSignal | undefined; readonly lookAgainMs?: number },
): Promise<PushMark> {
  const key = KEYS.push(bill.name, bill.digest);
  const options = signal === undefined ? {} : { signal };
  let writtenAt = -Infinity;
  const write = async (): Promise<void> => {
    await place.put(key, Buffer.from(JSON.stringify(bill)), options);
    writtenAt = performance.now();
  };
  for (;;) {
    await write();
    const now = (await place.look(key, options))?.modifiedAt ?? Infinity;
    let isPruned = false;
    for await (const { modifiedAt } of place.list('pruning/', options)) isPruned ||= modifiedAt > now - STALE_MS;
    if (!isPruned) break;
    await wait(lookAgainMs, undefined, options);
  }
  return {
    refresh: async () => {
      if (performance.now() - writtenAt > REFRESH_MS) await write();
    },
    assertThere: async () => {
      if ((await place.look(key, options)) !== undefined) return;
      throw new ContractorError(
        'PLACE_UNUSABLE',
        `This push has stood still so long that ${place.shown} was pruned without regard to it.`,
        'Push again: what is still there is not sent again.',
      );
    },
    // Who may not remove leaves it: it is believed no longer than the grace of a prune.
    remove: async () => await place.remove(key).catch(() => undefined),
  };
}

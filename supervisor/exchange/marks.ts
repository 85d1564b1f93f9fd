import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { ContractorError } from '../../errors.ts';
import type { Place } from '../../exchange/place.ts';
import { KEYS } from './at-place.ts';
import type { Bill } from './at-place.ts';

/** A prune whose mark is older is dead. */
const STALE_MS = 600_000;

/** The mark of a push is believed at least so long: no prune has a shorter grace. */
export const SHORTEST_GRACE_MS = 3_600_000;

/** A mark is written again after this. */
const REFRESH_MS = 60_000;

const LOOK_AGAIN_MS = 1000;

/** A clock of this process alone, in milliseconds: no time of a place is compared with it. */
type Stopwatch = () => number;

/** The larger of two differences: one clock does not count while the host sleeps, the other may be set back. */
function stopwatch(): Stopwatch {
  const [began, beganAt] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - began, Date.now() - beganAt);
}

/** What a push has written of itself, so that no prune takes what it relies on. */
export interface PushMark {
  /** To be called now and then while the push is at work. @throws PLACE_UNUSABLE when it has stood still for too long */
  refresh(): Promise<void>;
  /** @throws PLACE_UNUSABLE when the mark may have counted for nothing meanwhile */
  assertThere(): Promise<void>;
  remove(): Promise<void>;
}

/** What a prune has written of itself. */
export interface PruneMark {
  /** By the clock of the place. */
  readonly writtenAt: number;
  /** Before each removal, which may take so long as `longestMs`. @throws PLACE_UNUSABLE when a push may take the prune for dead */
  refresh(): Promise<{ readonly longestMs: number }>;
  remove(): Promise<void>;
}

async function pass(ms: number, options: { readonly signal?: AbortSignal }): Promise<void> {
  await setTimeout(ms, undefined, options);
}

/** What passes the time. */
export interface Timing {
  readonly clock?: Stopwatch;
  readonly wait?: (ms: number, options: { readonly signal?: AbortSignal }) => Promise<void>;
}

interface MarkOptions extends Timing {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Says at the place that a push has begun, and waits for those prunes that may have looked before.
 *
 *     push:   writes its mark ─► looks for prunes, waits until they have ended ─► relies on what is there
 *     prune:  writes its mark ─► looks for pushes, keeps what they may rely on ─► removes
 *
 * So at least one of the two sees the other. Who of them is dead is told by the clock of the place alone: a mark is written, and its time
 * compared with those of the others. Who has stood still for longer than half of the time that its own mark is believed ends, as what it
 * knows of the others may not be so any more.
 */
export async function markPush(
  place: Place,
  bill: Bill,
  { signal, clock = stopwatch(), wait = pass }: MarkOptions,
): Promise<PushMark> {
  const key = KEYS.push(bill.name, bill.digest, randomUUID()); // Others may push the same.
  const options = signal === undefined ? {} : { signal };
  let writtenAt = clock();
  const write = async (): Promise<void> => {
    const began = clock();
    await place.put(key, Buffer.from(JSON.stringify(bill)), options);
    writtenAt = began; // It counts from some moment after this one.
  };
  const assertInTime = (): void => {
    if (clock() - writtenAt > SHORTEST_GRACE_MS / 2) throw stoodStill('push', place);
  };
  for (;;) {
    await write();
    const now = (await place.look(key, options))?.modifiedAt ?? Infinity;
    if ((await pruningSince(now - STALE_MS, place, options)).length === 0) break;
    await wait(LOOK_AGAIN_MS, options);
  }
  return {
    refresh: async () => {
      assertInTime();
      if (clock() - writtenAt > REFRESH_MS) await write();
      assertInTime();
    },
    assertThere: async () => {
      if ((await place.look(key, options)) === undefined) throw stoodStill('push', place);
      assertInTime();
    },
    // Who may not remove leaves it: it is believed no longer than the grace of a prune.
    remove: async () => await place.remove(key).catch(() => undefined),
  };
}

/**
 * Says at the place that a prune has begun, and waits until all hosts see that.
 *
 * @throws PLACE_UNUSABLE when another is at work
 */
export async function markPrune(
  place: Place,
  { settleMs, signal, clock = stopwatch(), wait = pass }: MarkOptions & { readonly settleMs: number },
): Promise<PruneMark> {
  const key = `pruning/${randomUUID()}`;
  const options = signal === undefined ? {} : { signal };
  let writtenAt = clock();
  const write = async (): Promise<void> => {
    const began = clock();
    await place.put(key, Buffer.alloc(0), options);
    writtenAt = began;
  };
  const assertInTime = (): void => {
    if (clock() - writtenAt > STALE_MS / 2) throw stoodStill('prune', place);
  };
  const remove = async (): Promise<void> => await place.remove(key).catch(() => undefined); // Else it is stale soon.
  try {
    await write();
    await wait(settleMs, options);
    const at = (await place.look(key, options))?.modifiedAt ?? -Infinity;
    const others = (await pruningSince(at - STALE_MS, place, options)).filter((other) => other !== key);
    if (others.length > 0) {
      throw new ContractorError(
        'PLACE_UNUSABLE',
        `${place.shown} is being pruned by another.`,
        'Prune again when that has ended. One that was killed counts no longer than ten minutes.',
      );
    }
    return {
      writtenAt: at,
      refresh: async () => {
        assertInTime();
        if (clock() - writtenAt > REFRESH_MS) await write();
        assertInTime();
        return { longestMs: STALE_MS / 2 };
      },
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The marks of prunes that live. */
async function pruningSince(
  since: number,
  place: Place,
  options: { readonly signal?: AbortSignal },
): Promise<readonly string[]> {
  const living: string[] = [];
  for await (const { key, modifiedAt } of place.list('pruning/', options)) if (modifiedAt > since) living.push(key);
  return living;
}

function stoodStill(what: 'push' | 'prune', place: Place): ContractorError {
  return new ContractorError(
    'PLACE_UNUSABLE',
    `This ${what} has stood still for so long that others may have taken it for dead at ${place.shown}.`,
    `Do it again: ${what === 'push' ? 'what is still there is not sent again' : 'what is gone was needed by nobody'}.`,
  );
}

import { createHash } from 'node:crypto';
import { heldBytes, LEAST_BYTES } from './holdings.ts';
import type { Holdings } from './holdings.ts';

/** Projects of a queue that are ready and take the same artifacts. */
export interface WaitingGroup {
  /** Their digests, in order. */
  readonly needs: readonly string[];
  /** How long the oldest of them is ready. */
  readonly waitedMs: number;
}

/** Another worker that may take from the queue. */
export interface OtherWorker {
  readonly isFree: boolean;
  readonly holds: Holdings;
}

/** A project waits so long for a free worker that would have to fetch less; longer than it takes that to ask again. */
export const GRACE_MS = 2000;

/** A worker takes what it has the trees of before what became ready so much earlier, and not before what is older. */
const HEAD_START_MS = 30_000;

/** What a job is known by in the queue: by what its project takes. */
export function groupOf(needs: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(needs)).digest('hex').slice(0, 32);
}

/**
 * Pure: which groups a worker passes over, each time that it takes from a queue at one look.
 *
 * What a free worker has that this one would have to fetch, is left to it for the grace. Of the rest, it first takes what no
 * other could fetch less for, as long as nothing has waited much longer; and then anything.
 */
export function passedOver(
  groups: readonly WaitingGroup[],
  { own, others }: { readonly own: Holdings; readonly others: readonly OtherWorker[] },
): readonly (readonly string[])[] {
  const isNearer = ({ needs }: WaitingGroup, { holds }: OtherWorker): boolean =>
    heldBytes(needs, holds) >= heldBytes(needs, own) + LEAST_BYTES;
  const isLeft = (group: WaitingGroup): boolean =>
    group.waitedMs < GRACE_MS && others.some((other) => other.isFree && isNearer(group, other));
  const left = groups.filter(isLeft);
  const open = groups.filter((group) => !isLeft(group));
  const oldestMs = Math.max(...open.map(({ waitedMs }) => waitedMs));
  const first = open.filter(
    (group) => group.waitedMs >= oldestMs - HEAD_START_MS && !others.some((other) => isNearer(group, other)),
  );
  const rounds = first.length === 0 || first.length === open.length ? [left] : [except(groups, first), left];
  return rounds.map((round) => round.map(({ needs }) => groupOf(needs)));
}

function except(groups: readonly WaitingGroup[], some: readonly WaitingGroup[]): readonly WaitingGroup[] {
  return groups.filter((group) => !some.includes(group));
}

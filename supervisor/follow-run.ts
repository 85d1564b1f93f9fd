import { setImmediate as immediate, setTimeout as wait } from 'node:timers/promises';
import type { BuildEvent } from './build-event.ts';
import type { Followed } from './follow-all.ts';
import { eventsOfRun, findRun } from './run-records.ts';
import type { FollowOptions } from './supervisor.ts';
import { toldProgress } from './told-progress.ts';

/**
 * How often the records are looked at for new events: a question that takes some
 * 20 µs. The process that builds knows nothing of whoever follows.
 */
const LOOK_MS = 25;

/** A long history comes in bunches of so many, so that whoever shows it has something to show soon. */
const LARGEST_BUNCH = 2000;

/**
 * The events of a run, whoever builds it: those that are there, then those that come, until it has ended; in bunches
 * of their own how far its steps are, some of the `step-progress` that the builder itself hears.
 */
export async function* followRun(
  { store, isOpen }: Followed,
  idOrPrefix: string,
  { afterSeq = 0, signal }: FollowOptions,
): AsyncGenerator<readonly BuildEvent[], void, undefined> {
  const { id } = findRun(store, idOrPrefix);
  const progress = toldProgress(store.paths, id);
  let seq = afterSeq;
  const isWanted = (): boolean => signal?.aborted !== true && isOpen();
  let hasEnded = false;
  for (let first = true; isWanted(); first = false) {
    // Looked at before the events, so that the last of them is among these.
    hasEnded ||= first && findRun(store, id).ended !== null;
    const events = eventsOfRun(store, id, seq, LARGEST_BUNCH);
    const last = events.at(-1);
    if (last !== undefined && 'seq' in last) seq = last.seq;
    if (first || events.length > 0) yield events;
    const told = progress();
    if (told.length > 0) yield told;
    const isWhole = events.length < LARGEST_BUNCH;
    if (last?.type === 'run-ended' || (hasEnded && isWhole)) return;
    if (isWhole) await wait(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    else await immediate();
  }
}

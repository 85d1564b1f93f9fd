import { setTimeout as wait } from 'node:timers/promises';

/**
 * What comes one by one, in bunches: what has come while the last bunch was worked on, and within `gatherMs` of the first
 * of them. What is over is not waited for.
 */
export async function* bunches<Event>(
  events: AsyncIterable<Event>,
  gatherMs: number,
): AsyncGenerator<readonly Event[]> {
  const pending: Event[] = [];
  const over = new AbortController();
  const state = { woken: Promise.withResolvers<undefined>() };
  const reading = (async () => {
    try {
      for await (const event of events) {
        pending.push(event);
        state.woken.resolve(undefined);
      }
    } finally {
      over.abort();
      state.woken.resolve(undefined);
    }
  })();
  reading.catch(() => undefined); // It is awaited below.
  while (!over.signal.aborted || pending.length > 0) {
    if (pending.length === 0) {
      await state.woken.promise;
      state.woken = Promise.withResolvers();
    }
    if (!over.signal.aborted) await wait(gatherMs, undefined, { signal: over.signal }).catch(() => undefined);
    const bunch = pending.splice(0);
    if (bunch.length > 0) yield bunch;
  }
  await reading;
}

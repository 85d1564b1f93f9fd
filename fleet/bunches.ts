/** What comes one by one, in bunches: what has come while the last bunch was worked on. */
export async function* bunches<Event>(events: AsyncIterable<Event>): AsyncGenerator<readonly Event[]> {
  const pending: Event[] = [];
  const state = { isOver: false, woken: Promise.withResolvers<undefined>() };
  const reading = (async () => {
    try {
      for await (const event of events) {
        pending.push(event);
        state.woken.resolve(undefined);
      }
    } finally {
      state.isOver = true;
      state.woken.resolve(undefined);
    }
  })();
  reading.catch(() => undefined); // It is awaited below.
  while (!state.isOver || pending.length > 0) {
    if (pending.length === 0) {
      await state.woken.promise;
      state.woken = Promise.withResolvers();
    }
    const bunch = pending.splice(0);
    if (bunch.length > 0) yield bunch;
  }
  await reading;
}

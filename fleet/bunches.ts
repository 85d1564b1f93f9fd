/** What comes one by one, in bunches: what has come while the last bunch was worked on. */
export async function* bunches<Event>(events: AsyncIterable<Event>): AsyncGenerator<readonly Event[]> {
  let pending: Event[] = [];
  let isOver = false;
  let woken = Promise.withResolvers<undefined>();
  const wake = (): void => woken.resolve(undefined);
  const reading = (async () => {
    try {
      for await (const event of events) {
        pending.push(event);
        wake();
      }
    } finally {
      isOver = true;
      wake();
    }
  })();
  reading.catch(() => undefined); // It is awaited below.
  while (!isOver || pending.length > 0) {
    await woken.promise;
    woken = Promise.withResolvers();
    if (isOver) wake();
    const bunch = pending;
    pending = [];
    if (bunch.length > 0) yield bunch;
  }
  await reading;
}

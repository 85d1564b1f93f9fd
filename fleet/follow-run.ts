import { setTimeout as wait } from 'node:timers/promises';
import type { BuildEvent } from '../index.ts';
import type { Database } from './database.ts';
import { persistently } from './persistently.ts';
import type { Patience } from './persistently.ts';
import type { ToldEvent } from './records.ts';

const LOOK_MS = 200;
const LARGEST_BUNCH = 1000;

/** The events of a run from the first on, as workers tell them, until it has ended or `signal` is aborted. */
export async function* followRun(
  run: string,
  {
    database,
    patience,
    signal,
  }: { readonly database: Database; readonly patience: Patience; readonly signal?: AbortSignal },
): AsyncGenerator<BuildEvent> {
  let seq = 0;
  for (;;) {
    if (signal?.aborted === true) return;
    const events = await persistently(async () => await eventsAfter(database, run, seq), patience);
    for (const event of events) {
      yield event;
      if ('seq' in event) ({ seq } = event);
      if (event.type === 'run-ended') return;
    }
    if (events.length < LARGEST_BUNCH) {
      await wait(LOOK_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}

/** What has been told of a run so far. */
export async function eventsAfter(database: Database, run: string, seq: number): Promise<BuildEvent[]> {
  const rows = await database.query<{ event: ToldEvent; seq: number }>(
    `select event, seq from contractor.events
     where run = $1 and seq > $2 and jsonb_typeof(event) = 'object' order by seq limit $3`,
    [run, seq, LARGEST_BUNCH],
  );
  // Which run it is of, and after which it comes, the row says: with another number it would be read again and again.
  return rows.map(({ event, seq: own }) => ({ ...event, run, seq: own }));
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { numberOf, wordOf } from './route.ts';
import type { RouteWorld } from './route.ts';

/** How often it is looked whether somebody builds the run: that is no event. */
const LOOK_MS = 1000;

/**
 * The events of a run as server-sent events, bunch by bunch, from the first on or
 * from the one that a browser whose connection broke has had last; and the state of the run
 * whenever it is another. See https://html.spec.whatwg.org/multipage/server-sent-events.html.
 */
export async function streamEvents(
  { request, response, query }: { request: IncomingMessage; response: ServerResponse; query: URLSearchParams },
  { shown, signal }: RouteWorld,
): Promise<void> {
  const run = wordOf(query, 'run');
  const had = Number(request.headers['last-event-id'] ?? numberOf(query, 'after', 0));
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  let told = '';
  const tellState = async (): Promise<void> => {
    const text = JSON.stringify(await shown.summary(run));
    // It may have ended while that was asked.
    if (text !== told && !response.writableEnded) response.write(`event: summary\ndata: ${text}\n\n`);
    told = text;
  };
  await shown.summary(run); // refuses a run that there is not, before the answer has begun
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const looking = setInterval(() => void tellState().catch(() => undefined), LOOK_MS); // Asked again soon.
  try {
    const all = AbortSignal.any([signal, gone.signal]);
    for await (const events of shown.follow(run, { afterSeq: Number.isSafeInteger(had) ? had : 0, signal: all })) {
      const last = events.at(-1);
      const id = last !== undefined && 'seq' in last ? `id: ${last.seq}\n` : '';
      response.write(`${id}data: ${JSON.stringify(events)}\n\n`);
      if (told === '' || last?.type === 'run-ended' || last?.type === 'run-started') await tellState();
    }
    if (!all.aborted) {
      await tellState();
      response.write('event: end\ndata: {}\n\n');
    }
  } finally {
    clearInterval(looking);
    response.end();
  }
}

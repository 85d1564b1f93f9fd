import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RunSummary } from '../../index.ts';
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
  { supervisor, signal }: RouteWorld,
): Promise<void> {
  const run = wordOf(query, 'run');
  const had = Number(request.headers['last-event-id'] ?? numberOf(query, 'after', 0));
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  let told = '';
  const tellState = (): RunSummary => {
    const summary = supervisor.summary(run);
    const text = JSON.stringify(summary);
    if (text !== told) response.write(`event: summary\ndata: ${text}\n\n`);
    told = text;
    return summary;
  };
  supervisor.summary(run); // refuses a run that there is not, before the answer has begun
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const looking = setInterval(tellState, LOOK_MS);
  try {
    const all = AbortSignal.any([signal, gone.signal]);
    for await (const events of supervisor.follow(run, { afterSeq: Number.isSafeInteger(had) ? had : 0, signal: all })) {
      const last = events.at(-1);
      const id = last !== undefined && 'seq' in last ? `id: ${last.seq}\n` : '';
      response.write(`${id}data: ${JSON.stringify(events)}\n\n`);
      if (told === '' || last?.type === 'run-ended' || last?.type === 'run-started') tellState();
    }
    if (!all.aborted) {
      tellState();
      response.write('event: end\ndata: {}\n\n');
    }
  } finally {
    clearInterval(looking);
    response.end();
  }
}

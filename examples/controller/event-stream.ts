import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BuildEvent, FollowAllOptions, Supervisor } from './contractor.ts';

/** How often a silent stream says that it is alive, so that nothing on the way takes it for dead. */
const BEAT_MS = 15_000;

/** How soon a client is to come back. */
const RETRY = 'retry: 1000\n\n';

/**
 * The events of a run from the one after `afterSeq` on, as server-sent events. The id of each is its number in the
 * store, so a client that comes back, also to another process, misses none and gets none twice. How far a step is
 * (`step-progress`) is not kept and has no id.
 *
 * `end` says that nothing more comes; a stream that ends without it was cut off.
 * See https://html.spec.whatwg.org/multipage/server-sent-events.html.
 */
export async function* messagesOfRun(
  supervisor: Supervisor,
  run: string,
  options: { readonly afterSeq: number; readonly signal: AbortSignal },
): AsyncGenerator<string, void, undefined> {
  yield RETRY;
  for await (const events of supervisor.follow(run, options)) {
    if (events.length > 0) yield events.map(message).join('');
  }
  if (!options.signal.aborted) yield 'event: end\ndata: {}\n\n';
}

/**
 * The events of all runs, bunch by bunch: `events`, and in `forgotten` the runs that were removed, with whether this client has missed
 * something of them. The id is the place behind the bunch.
 */
export async function* messagesOfAll(
  supervisor: Supervisor,
  options: FollowAllOptions,
): AsyncGenerator<string, void, undefined> {
  yield RETRY;
  for await (const { events, forgotten, cursor } of supervisor.followAll(options)) {
    yield `id: ${cursor}\nevent: bunch\ndata: ${JSON.stringify({ events, forgotten })}\n\n`;
  }
}

function message(event: BuildEvent): string {
  const id = 'seq' in event ? `id: ${event.seq}\n` : '';
  return `${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Sends what `messages` gives until it ends, the client is gone, or `signal` is aborted. A slow client is waited for. */
export async function sendEvents(
  response: ServerResponse,
  messages: (signal: AbortSignal) => AsyncIterable<string>,
  signal: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200, {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  // Each write is a whole message, so a beat never lands in the middle of one.
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, BEAT_MS);
  try {
    const all = AbortSignal.any([signal, gone.signal]);
    await pipeline(Readable.from(messages(all)), response);
  } catch (error) {
    response.destroy();
    if (!gone.signal.aborted) throw error;
  } finally {
    clearInterval(beat);
  }
}

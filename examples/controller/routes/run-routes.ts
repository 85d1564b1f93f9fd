import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';
import { Refusal } from '../refusal.ts';
import { messagesOfAll, messagesOfRun, sendEvents } from '../event-stream.ts';
import type { RouteWorld } from './world.ts';

type OfRun = { readonly Params: { readonly run: string } };

const MOST_STREAMS = 100;
const COUNT = { type: 'integer', minimum: 0 } as const;

/** Runs: their list, events and logs; to cancel one, and to try it again. */
export function runRoutes(world: RouteWorld): void {
  const { server, supervisor, specifications, builds } = world;
  server.get<{ Querystring: { readonly limit: number } }>(
    '/runs',
    { schema: { querystring: { properties: { limit: { ...COUNT, maximum: 1000, default: 100 } } } } },
    ({ query: { limit } }) =>
      supervisor.runs({ limit }).map((run) => ({ ...run, specification: specifications.nameOf(run.specName) })),
  );

  server.get<OfRun>('/runs/:run', ({ params: { run } }) => supervisor.run(run));

  eventRoutes(world);

  server.get<{
    Params: { readonly run: string; readonly project: string; readonly step: string };
    Querystring: { readonly attempt?: number; readonly from: number };
  }>(
    '/runs/:run/logs/:project/:step',
    { schema: { querystring: { properties: { attempt: { ...COUNT, minimum: 1 }, from: { ...COUNT, default: 0 } } } } },
    async ({ params, query: { from, attempt } }, reply) => {
      const path = supervisor.logFile({ ...params, ...(attempt === undefined ? {} : { attempt }) });
      const size = await sizeOf(path);
      reply.type('text/plain; charset=utf-8').header('Content-Length', Math.max(0, size - from));
      // Up to where it is now: it may grow meanwhile.
      return await reply.send(from < size ? createReadStream(path, { start: from, end: size - 1 }) : '');
    },
  );

  server.post<OfRun>('/runs/:run/cancel', async ({ params: { run } }) => await supervisor.cancel(run));

  server.post<OfRun>('/runs/:run/retry', async ({ params }, reply) => {
    const { id, specName } = supervisor.summary(params.run);
    const name = specifications.nameOf(specName);
    if (name === undefined || builds.newestRun(name)?.id !== id) {
      throw new Refusal(409, `Run \`${id}\` is not the newest of a specification.`, 'Push what is to be built.');
    }
    const found = await builds.look(name, { again: true });
    return await reply.code(found.state === 'begun' ? 201 : 200).send(found);
  });
}

function eventRoutes({ server, supervisor, log, signal }: RouteWorld): void {
  let streams = 0;
  const send = async (
    reply: FastifyReply,
    messages: (signal: AbortSignal) => AsyncIterable<string>,
    of: string,
  ): Promise<void> => {
    if (streams >= MOST_STREAMS) throw new Refusal(503, 'Too many follow events now.', 'Come back later.');
    streams += 1;
    try {
      // The answer begins, so what goes wrong from here on can only be logged.
      reply.hijack();
      await sendEvents(reply.raw, messages, signal);
    } catch (error) {
      log(`events of ${of}: ${String(error)}`);
    } finally {
      streams -= 1;
    }
  };

  server.get<OfRun & { Headers: { readonly 'last-event-id'?: number } }>(
    '/runs/:run/events',
    { schema: { headers: { properties: { 'last-event-id': COUNT } } } },
    async ({ params, headers }, reply) => {
      const { id, endedAt } = supervisor.summary(params.run);
      const had = headers['last-event-id'];
      // To a browser this says: do not come back.
      if (endedAt !== undefined && had !== undefined && supervisor.events(id, had).length === 0)
        return await reply.code(204).send();
      await send(reply, (all) => messagesOfRun(supervisor, id, { afterSeq: had ?? 0, signal: all }), id);
    },
  );

  server.get<{ Headers: { readonly 'last-event-id'?: string }; Querystring: { readonly after?: string } }>(
    '/events',
    { schema: { querystring: { properties: { after: { type: 'string' } } } } },
    async ({ headers, query }, reply) => {
      const after = headers['last-event-id'] ?? query.after;
      const options = after === undefined ? {} : { after };
      await supervisor.followAll(options)[Symbol.asyncIterator]().next(); // Refuses a place that there is not, as long as that can be answered.
      await send(reply, (all) => messagesOfAll(supervisor, { ...options, signal: all }), 'all runs');
    },
  );
}

/** What has written nothing yet has no file. */
async function sizeOf(path: string): Promise<number> {
  try {
    await using file = await open(path);
    return (await file.stat()).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

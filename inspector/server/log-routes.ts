import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { findInLog } from '../log/find-in-log.ts';
import { LogIndex } from '../log/log-index.ts';
import { numberOf, sendJson, wordOf } from './route.ts';
import type { Route, RouteWorld } from './route.ts';

const MOST_LINES = 2000;
/** Logs whose lines are known; those looked at longest ago are forgotten. */
const MOST_INDEXES = 50;

/** The logs of attempts: stretches of lines, what is found in them, and the whole. */
export function logRoutes({ shown }: Pick<RouteWorld, 'shown'>): Record<string, Route> {
  const indexes = new Map<string, LogIndex>();
  const pathOf = async (query: URLSearchParams): Promise<string> => {
    const [run, project, step] = [wordOf(query, 'run'), wordOf(query, 'project'), wordOf(query, 'step')];
    return await shown.logFile({ run, project, step, attempt: numberOf(query, 'attempt', 1) });
  };
  const indexOf = (path: string): LogIndex => {
    const index = indexes.get(path) ?? new LogIndex(path);
    indexes.delete(path);
    indexes.set(path, index);
    for (const old of [...indexes.keys()].slice(0, -MOST_INDEXES)) indexes.delete(old);
    return index;
  };
  return {
    'GET log': async ({ response, query }) => {
      const count = Math.min(MOST_LINES, Math.max(0, numberOf(query, 'count', 200)));
      sendJson(response, await indexOf(await pathOf(query)).lines(numberOf(query, 'from', 0), count));
    },
    'GET log/find': async ({ response, query }) => {
      const place = { line: numberOf(query, 'line', 0), offset: numberOf(query, 'offset', 0) };
      sendJson(response, await findInLog(await pathOf(query), query.get('text') ?? '', { place }));
    },
    'GET log/raw': async ({ response, query }) => {
      const path = await pathOf(query);
      const size = await stat(path).then(
        (found) => found.size,
        () => 0,
      );
      response.writeHead(200, {
        'Content-Type': 'text/plain; charset=utf-8',
        'Content-Disposition': `attachment; filename="${wordOf(query, 'project')}-${wordOf(query, 'step')}.log"`,
        'Content-Length': size,
      });
      if (size === 0) response.end();
      else await pipeline(createReadStream(path, { end: size - 1 }), response);
    },
  };
}

import type { RunFacts } from '../facts.ts';
import { numberOf, sendJson, wordOf } from './route.ts';
import type { Route, RouteWorld } from './route.ts';
import { streamEvents } from './stream-events.ts';

const MOST_RUNS = 100;

/** What the page asks of runs, and does to them. */
export function runRoutes(world: RouteWorld): Record<string, Route> {
  const { shown, command } = world;
  return {
    'GET data/runs': async ({ response }) => sendJson(response, await shown.runs(MOST_RUNS)),
    'GET data/run': async ({ response, query }) => {
      const summary = await shown.summary(query.get('run') ?? undefined);
      const file = shown.fileOf(summary.id);
      sendJson(response, {
        summary,
        command,
        ...(shown.workers === undefined ? {} : { isShared: true }),
        ...(file === undefined ? {} : { file }),
      } satisfies RunFacts);
    },
    'GET data/project': async ({ response, query }) =>
      sendJson(response, await shown.project(wordOf(query, 'run'), wordOf(query, 'project'))),
    'GET data/receipt': async ({ response, query }) => {
      const [run, project, step] = [wordOf(query, 'run'), wordOf(query, 'project'), wordOf(query, 'step')];
      sendJson(response, await shown.receipt({ run, project, step, attempt: numberOf(query, 'attempt', 1) }));
    },
    'GET data/workers': async ({ response }) => sendJson(response, (await shown.workers?.()) ?? []),
    'GET events': ({ request, response, query }) => streamEvents({ request, response, query }, world),
    'POST cancel': async ({ response, query }) => sendJson(response, { run: await shown.cancel(wordOf(query, 'run')) }),
    'POST resume': async ({ response, query }) => sendJson(response, { run: await shown.resume(wordOf(query, 'run')) }),
    'POST build': async ({ response, query }) => sendJson(response, { run: await shown.build(wordOf(query, 'run')) }),
  };
}

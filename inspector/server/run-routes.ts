import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../../errors.ts';
import { readSpecFile } from '../../index.ts';
import type { RunSource } from '../../index.ts';
import type { RunFacts } from '../facts.ts';
import { projectFacts } from './project-facts.ts';
import { numberOf, sendJson, wordOf } from './route.ts';
import type { Route, RouteWorld } from './route.ts';
import { streamEvents } from './stream-events.ts';

const MOST_RUNS = 100;

/** What the page asks of runs, and does to them. */
export function runRoutes(world: RouteWorld): Record<string, Route> {
  const { supervisor, command } = world;
  // Of one run: what it builds never changes, and is megabytes of a large one.
  let known: RunSource | undefined;
  const sourceOf = (run: string): RunSource => (known?.run === run ? known : (known = supervisor.runSource(run)));
  return {
    'GET data/runs': ({ response }) => sendJson(response, supervisor.runs({ limit: MOST_RUNS })),
    'GET data/run': ({ response, query }) => {
      const summary = supervisor.summary(query.get('run') ?? undefined);
      const { file } = sourceOf(summary.id);
      sendJson(response, { summary, command, ...(file === undefined ? {} : { file }) } satisfies RunFacts);
    },
    'GET data/project': async ({ response, query }) => {
      const run = wordOf(query, 'run');
      sendJson(response, await projectFacts(sourceOf(run), wordOf(query, 'project'), world));
    },
    'GET data/receipt': async ({ response, query }) => {
      const [run, project, step] = [wordOf(query, 'run'), wordOf(query, 'project'), wordOf(query, 'step')];
      const attempt = numberOf(query, 'attempt', 1);
      sendJson(response, await supervisor.receipt({ run, project, step, attempt }));
    },
    'GET events': ({ request, response, query }) => streamEvents({ request, response, query }, world),
    'POST cancel': async ({ response, query }) => sendJson(response, await supervisor.cancel(wordOf(query, 'run'))),
    'POST resume': async ({ response, query }) => {
      const { id } = await supervisor.resume(wordOf(query, 'run'), { decide: 'go-on' });
      sendJson(response, { run: id });
    },
    'POST build': async ({ response, query }) => {
      const { file } = sourceOf(wordOf(query, 'run'));
      if (file === undefined) throw noFile();
      const { id } = await supervisor.build(readSpecFile(file));
      await wait(0);
      sendJson(response, { run: id });
    },
  };
}

function noFile(): ContractorError {
  return new ContractorError(
    'SPEC_UNREADABLE',
    'The specification of this run came by a pipe or as an object, so there is no file to build again.',
    'Build it again where it came from.',
  );
}

import type { BuildEvent, Receipt, RunSummary } from '../../index.ts';
import type { Found, LogLines, ProjectFacts, RunFacts, WorkerFacts } from '../facts.ts';
import type { AttemptName, Source } from './source.ts';

/** The server that the page comes from. Addresses are relative, so the token stays in them. */
export const servedSource: Source = {
  isLive: true,
  runs: () => ask<readonly RunSummary[]>('data/runs'),
  run: (id) => ask<RunFacts>('data/run', id === undefined ? {} : { run: id }),
  follow(run, listener) {
    const stream = new EventSource(`events?${new URLSearchParams({ run }).toString()}`);
    stream.addEventListener('open', () => listener.connection('open'));
    stream.addEventListener('error', () => listener.connection('lost'));
    stream.addEventListener('message', ({ data }) => listener.events(JSON.parse(data as string) as BuildEvent[]));
    stream.addEventListener('summary', ({ data }) => listener.summary(JSON.parse(data as string) as RunSummary));
    stream.addEventListener('end', () => {
      stream.close();
      listener.connection('ended');
    });
    return () => stream.close();
  },
  project: (run, project) => ask<ProjectFacts>('data/project', { run, project }),
  receipt: (run, name) => ask<Receipt>('data/receipt', { run, ...words(name) }),
  log: (run, name, { from, count }) => ask<LogLines>('log', { run, ...words(name), from, count }),
  find: (run, name, text, place) => ask<Found>('log/find', { run, ...words(name), text, ...place }),
  workers: () => ask<readonly WorkerFacts[]>('data/workers'),
  rawLog: (run, name) => `log/raw?${new URLSearchParams({ run, ...words(name) }).toString()}`,
  async act(run, action) {
    const answer = await ask<{ readonly run?: string }>(action, { run }, 'POST');
    return answer.run ?? run;
  },
};

function words({ project, step, attempt }: AttemptName): Record<string, string> {
  return { project, step, attempt: String(attempt) };
}

async function ask<Answer>(
  path: string,
  query: Readonly<Record<string, string | number>> = {},
  method: 'GET' | 'POST' = 'GET',
): Promise<Answer> {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  const response = await fetch(`${path}?${search}`, { method });
  if (response.ok) return (await response.json()) as Answer;
  const refused = (await response.json().catch(() => ({}))) as { readonly message?: string; readonly mend?: string };
  throw new Error(
    [refused.message ?? `the inspector answered ${response.status}`, refused.mend].filter(Boolean).join(' '),
  );
}

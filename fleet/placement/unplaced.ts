import { amountText, missingOf } from '../../index.ts';
import type { HostTraits, RunsOn } from '../../index.ts';
import type { Queries } from '../database.ts';
import { livingWorkers } from './workers.ts';

/** A project that is to be built, and what it asks of its host. */
export interface WaitingProject {
  readonly project: string;
  readonly runsOn: RunsOn | null;
}

/** Pure: those that none of these hosts may take, in words for each thing that is asked for. */
export function unplacedText(waiting: readonly WaitingProject[], hosts: readonly HostTraits[]): readonly string[] {
  const unplaced = waiting.filter(({ runsOn }) => hosts.every((host) => missingOf(runsOn ?? {}, host).length > 0));
  if (unplaced.length === 0) return [];
  if (hosts.length === 0) return ['No worker lives: what is to be built waits for one.'];
  const lives = hosts.length === 1 ? 'the one that lives is not' : `none of the ${hosts.length} that live is`;
  return [...Map.groupBy(unplaced, ({ runsOn }) => askedText(runsOn ?? {}))].map(([asked, [first, ...others]]) => {
    const who =
      others.length === 0 ? `\`${first?.project}\` waits` : `\`${first?.project}\` and ${others.length} more wait`;
    return `${who} for a worker with ${asked}: ${lives}.`;
  });
}

/** What of a run waits although no worker that lives may take it, in words. */
export async function unplacedOfRun(queries: Queries, run: string): Promise<readonly string[]> {
  const waiting = await queries.query<WaitingProject>(
    `select p.name as project, q.runs_on as "runsOn" from contractor.projects p
     left join contractor.queues q on q.name = p.queue
     where p.run = $1 and p.state in ('waiting', 'ready') order by p.position`,
    [run],
  );
  if (waiting.length === 0) return [];
  const living = await livingWorkers(queries);
  return unplacedText(
    waiting,
    living.map(({ traits }) => traits),
  );
}

function askedText({ architecture, memoryBytes, labels = [] }: RunsOn): string {
  return [
    ...(architecture === undefined ? [] : [`the architecture \`${architecture}\``]),
    ...(memoryBytes === undefined ? [] : [`${amountText(memoryBytes, 'bytes')} of memory`]),
    ...labels.map((label) => `the label \`${label}\``),
  ].join(', ');
}

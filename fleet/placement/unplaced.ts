import { amountText, missingOf, missingText } from '../../index.ts';
import type { RunsOn } from '../../index.ts';
import type { Queries } from '../database.ts';
import { isRunsOn } from './queues.ts';
import { livingWorkers } from './workers.ts';
import type { LivingWorker } from './workers.ts';

/** A project that is to be built, and what it asks of its host. */
export interface WaitingProject {
  readonly project: string;
  readonly runsOn: RunsOn | null;
}

/** Of many workers those are named that lack least. */
const MOST_NAMED = 3;

/** Pure: those that none of these workers may take, in words for each thing that is asked for, and what each worker lacks. */
export function unplacedText(
  waiting: readonly WaitingProject[],
  workers: readonly Pick<LivingWorker, 'name' | 'traits'>[],
): readonly string[] {
  const unplaced = waiting.filter(({ runsOn }) =>
    workers.every(({ traits }) => missingOf(runsOn ?? {}, traits).length > 0),
  );
  if (unplaced.length === 0) return [];
  if (workers.length === 0) return ['No worker lives: what is to be built waits for one.'];
  return [...Map.groupBy(unplaced, ({ runsOn }) => askedText(runsOn ?? {}))].map(([asked, [first, ...others]]) => {
    const who =
      others.length === 0 ? `\`${first?.project}\` waits` : `\`${first?.project}\` and ${others.length} more wait`;
    return `${who} for a worker with ${asked}. ${lackingText(first?.runsOn ?? {}, workers)}`;
  });
}

function lackingText(runsOn: RunsOn, workers: readonly Pick<LivingWorker, 'name' | 'traits'>[]): string {
  const nearest = workers
    .map(({ name, traits }) => ({ name, missing: missingOf(runsOn, traits) }))
    .toSorted((a, b) => a.missing.length - b.missing.length);
  const named = nearest
    .slice(0, MOST_NAMED)
    .map(({ name, missing }) => `\`${name}\` lacks ${missing.map(missingText).join(', ')}`);
  const more = nearest.length > MOST_NAMED ? `; ${nearest.length - MOST_NAMED} more lack as much` : '';
  return `${workers.length === 1 ? 'One lives' : `${workers.length} live`}: ${named.join('; ')}${more}.`;
}

/** What of a run waits although no worker that lives may take it, in words. */
export async function unplacedOfRun(queries: Queries, run: string): Promise<readonly string[]> {
  const rows = await queries.query<{ project: string; runsOn: unknown }>(
    `select p.name as project, q.runs_on as "runsOn" from contractor.projects p
     left join contractor.queues q on q.name = p.queue
     where p.run = $1 and p.state in ('waiting', 'ready') order by p.position`,
    [run],
  );
  if (rows.length === 0) return [];
  const waiting = rows.map(({ project, runsOn }) => ({ project, runsOn: isRunsOn(runsOn) ? runsOn : null }));
  return unplacedText(waiting, await livingWorkers(queries));
}

function askedText({ architecture, memoryBytes, labels = [] }: RunsOn): string {
  return [
    ...(architecture === undefined ? [] : [`the architecture \`${architecture}\``]),
    ...(memoryBytes === undefined ? [] : [`${amountText(memoryBytes, 'bytes')} of memory`]),
    ...labels.map((label) => `the label \`${label}\``),
  ].join(', ');
}

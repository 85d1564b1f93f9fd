import { createHash } from 'node:crypto';
import { missingOf } from '../../index.ts';
import type { HostTraits, RunsOn } from '../../index.ts';
import type { Database, Queries } from '../database.ts';
import { QUEUE } from '../queue.ts';
import type { WaitingGroup } from './preference.ts';

/**
 * The queue of the projects that ask for the same: a worker that is not what they ask for never sees them, and whoever
 * waits in one queue holds nobody up in another.
 */
export function queueOf(runsOn: RunsOn | undefined): string {
  if (runsOn === undefined) return QUEUE;
  const { architecture, memoryBytes, labels = [] } = runsOn;
  const asked = JSON.stringify([architecture ?? null, memoryBytes ?? null, labels.toSorted()]);
  return `${QUEUE}-${createHash('sha256').update(asked).digest('hex').slice(0, 16)}`;
}

/** Says what a queue is for. Workers find it at their next look. */
export async function recordQueue(queries: Queries, queue: string, runsOn: RunsOn): Promise<void> {
  await queries.query('insert into contractor.queues (name, runs_on) values ($1, $2) on conflict do nothing', [
    queue,
    JSON.stringify(runsOn),
  ]);
}

/** A queue, and what waits in it. */
export interface WaitingQueue {
  readonly name: string;
  readonly runsOn: RunsOn | undefined;
  /** Of the oldest: where very much waits, it does not matter who takes what. */
  readonly waiting: readonly WaitingGroup[];
}

const MOST_WAITING = 1000;

/** The queues that a host may take from and in which something may wait, and the one that all take from. */
export async function queuesFor(database: Database, traits: HostTraits): Promise<readonly WaitingQueue[]> {
  const rows = await database.query<{ name: string; runs_on: unknown; needs: unknown; waited_ms: number | null }>(
    `select q.name, q.runs_on, w.needs, w.waited_ms
     from (select $1::text as name, null::jsonb as runs_on union all select name, runs_on from contractor.queues where name <> $1) q
     left join lateral (
       select needs, (extract(epoch from clock_timestamp() - min(ready_at)) * 1000)::float8 as waited_ms
       from (select needs, ready_at from contractor.projects
             where queue = q.name and state = 'ready' order by ready_at limit $2) oldest
       where needs is not null and ready_at is not null group by needs) w on true
     where q.name = $1
       or exists (select from contractor.projects p where p.queue = q.name and p.state in ('ready', 'running'))
     order by q.name = $1, q.name`,
    [QUEUE, MOST_WAITING],
  );
  const queues = [...Map.groupBy(rows, ({ name }) => name)].map(([name, all]) => ({
    name,
    runsOn: all[0]?.runs_on,
    waiting: all.flatMap(({ needs, waited_ms: waitedMs }) =>
      isTexts(needs) && waitedMs !== null ? [{ needs, waitedMs }] : [],
    ),
  }));
  return queues.flatMap(({ name, runsOn, waiting }): WaitingQueue[] => {
    if (name === QUEUE) return [{ name, runsOn: undefined, waiting }];
    const isMeant = isRunsOn(runsOn) && queueOf(runsOn) === name && missingOf(runsOn, traits).length === 0;
    return isMeant ? [{ name, runsOn, waiting }] : [];
  });
}

/** Whether a row says what a host has to be, whoever has written it: nobody takes what says nothing. */
export function isRunsOn(value: unknown): value is RunsOn {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { architecture = '', memoryBytes = 0, labels = [] } = value as Readonly<Record<string, unknown>>;
  return typeof architecture === 'string' && typeof memoryBytes === 'number' && isTexts(labels);
}

/** Whether it is a list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Pure: the queues, beginning with another one each time, so that none waits for ever behind one that is never empty. */
export function inTurn<Queue>(queues: readonly Queue[], turn: number): readonly Queue[] {
  const first = turn % Math.max(1, queues.length);
  return [...queues.slice(first), ...queues.slice(0, first)];
}

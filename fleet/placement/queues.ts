import { createHash } from 'node:crypto';
import { missingOf } from '../../index.ts';
import type { HostTraits, RunsOn } from '../../index.ts';
import type { Database, Queries } from '../database.ts';
import { QUEUE } from '../queue.ts';

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

/** The queues that a host may take from and in which something may wait, and the one that all take from. */
export async function queuesFor(database: Database, traits: HostTraits): Promise<readonly string[]> {
  const rows = await database.query<{ name: string; runs_on: unknown }>(
    `select name, runs_on from contractor.queues q
     where exists (select from contractor.projects p where p.queue = q.name and p.state in ('ready', 'running'))
     order by name`,
  );
  const own = rows.filter(
    ({ name, runs_on: asked }) => isRunsOn(asked) && queueOf(asked) === name && missingOf(asked, traits).length === 0,
  );
  return [...own.map(({ name }) => name), QUEUE];
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
export function inTurn(queues: readonly string[], turn: number): readonly string[] {
  const first = turn % Math.max(1, queues.length);
  return [...queues.slice(first), ...queues.slice(0, first)];
}

import type { HostTraits } from '../../index.ts';
import type { Queries } from '../database.ts';
import { readHoldings } from './holdings.ts';
import type { OtherWorker } from './preference.ts';
import { isTexts } from './queues.ts';

/** A worker that has been heard of lately. */
export interface LivingWorker {
  readonly name: string;
  readonly traits: HostTraits;
  readonly jobs: number;
}

/** Ten times as long as it takes a worker to say it again. */
const LIVES_S = 30;

/** Says that a worker lives, and what it is. */
export async function announceWorker(queries: Queries, { name, traits, jobs }: LivingWorker): Promise<void> {
  await queries.query(
    `insert into contractor.workers (name, traits, jobs, until) values ($1, $2, $3, now() + $4 * interval '1 second')
     on conflict (name) do update set traits = excluded.traits, jobs = excluded.jobs, until = excluded.until`,
    [name, JSON.stringify(traits), jobs, LIVES_S],
  );
}

/** Says that a worker takes no more projects. */
export async function dismissWorker(queries: Queries, name: string): Promise<void> {
  await queries.query('update contractor.workers set until = now() where name = $1', [name]);
}

export async function livingWorkers(queries: Queries): Promise<readonly LivingWorker[]> {
  const rows = await queries.query<{ name: string; traits: unknown; jobs: number }>(
    'select name, traits, jobs from contractor.workers where until > now() order by name',
  );
  return rows.filter((row): row is LivingWorker => isTraits(row.traits));
}

/** Whether a row says what a host is, whoever has written it. */
function isTraits(value: unknown): value is HostTraits {
  if (typeof value !== 'object' || value === null) return false;
  const { architecture, memoryBytes, labels } = value as Readonly<Record<string, unknown>>;
  return typeof architecture === 'string' && typeof memoryBytes === 'number' && isTexts(labels);
}

/** A worker with what it builds now. */
export interface BusyWorker extends LivingWorker {
  readonly builds: readonly { readonly run: string; readonly project: string }[];
}

/** All that live, by name. */
export async function busyWorkers(queries: Queries): Promise<readonly BusyWorker[]> {
  const [living, building] = await Promise.all([
    livingWorkers(queries),
    queries.query<{ worker: string | null; run: string; project: string }>(
      `select worker, run, name as project from contractor.projects where state = 'running' order by run, position`,
    ),
  ]);
  const builds = Map.groupBy(building, ({ worker }) => worker);
  return living.map((worker) => ({
    ...worker,
    builds: (builds.get(worker.name) ?? []).map(({ run, project }) => ({ run, project })),
  }));
}

/** Those that live and have something of what is needed, and what they have of it; but for the one that asks. */
export async function othersThatHold(
  queries: Queries,
  { worker, needs }: { readonly worker: string; readonly needs: readonly string[] },
): Promise<readonly (OtherWorker & { readonly traits: HostTraits })[]> {
  const rows = await queries.query<{ traits: unknown; holds: unknown; free: boolean }>(
    `select w.traits,
       (select jsonb_object_agg(h.key, h.value) from jsonb_each(w.holds) h where h.key = any($2)) as holds,
       w.jobs > (select count(*) from contractor.projects p where p.worker = w.name and p.state = 'running') as free
     from contractor.workers w
     where w.until > now() and w.name <> $1 and jsonb_typeof(w.holds) = 'object' and w.holds ?| $2::text[]`,
    [worker, needs],
  );
  return rows.flatMap(({ traits, holds, free: isFree }) =>
    isTraits(traits) ? [{ traits, holds: readHoldings(holds), isFree }] : [],
  );
}

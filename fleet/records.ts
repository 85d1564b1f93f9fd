import { runDecision } from '../index.ts';
import type { BuildEvent, ProjectFate, ProjectResult, RunResult } from '../index.ts';
import type { Queries } from './database.ts';
import { assertKnows, OLDEST } from './migrate.ts';
import { groupOf } from './placement/preference.ts';
import type { Queue } from './queue.ts';

/** A state of a row of `contractor.projects`. */
export type ProjectState = 'waiting' | 'ready' | 'running' | ProjectResult;

/** An event as whoever tells it has it: its place among those of the run is given to it as it is recorded. */
export type ToldEvent = BuildEvent extends infer Event
  ? Event extends { readonly seq: number }
    ? Omit<Event, 'run' | 'seq'>
    : never
  : never;

/** What `contractor build` was asked for, as far as workers have to know it. */
export interface FleetOptions {
  readonly keepGoing?: boolean;
  readonly noCache?: boolean;
  readonly rebuild?: readonly string[];
  readonly offline?: boolean;
  readonly strict?: boolean;
  readonly lock?: boolean;
}

/** Options as they are in the database: what is none that we know is not given. */
export function optionsOf(value: unknown): FleetOptions {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { rebuild, lock } = given;
  const flags = ['keepGoing', 'noCache', 'offline', 'strict'].filter((name) => given[name] === true);
  return {
    ...Object.fromEntries(flags.map((name) => [name, true])),
    ...(Array.isArray(rebuild) ? { rebuild: rebuild.filter((name) => typeof name === 'string') } : {}),
    ...(lock === false ? { lock } : {}),
  };
}

/** A run that this transaction holds. */
export interface LockedRun {
  readonly id: string;
  readonly createdAt: number;
  readonly options: FleetOptions;
  readonly isCancelled: boolean;
  readonly result: RunResult | null;
}

/**
 * A run, held by this transaction until it ends. Whatever writes of a run or its projects holds the run first, so no
 * two can wait for each other. Undefined where there is none.
 *
 * @throws DATABASE_OF_OTHER_VERSION where a newer program has made the database one that this must not write to
 */
export async function lockRun(queries: Queries, id: string): Promise<LockedRun | undefined> {
  const [row] = await queries.query<{
    created_at: string;
    options: unknown;
    cancelled: boolean;
    result: RunResult | null;
    oldest: number;
  }>(
    `select created_at, options, cancel_requested_at is not null as cancelled, result, ${OLDEST} as oldest
     from contractor.runs where id = $1 for no key update`,
    [id],
  );
  if (row === undefined) return undefined;
  assertKnows(row.oldest);
  const { created_at: createdAt, options, cancelled: isCancelled, result } = row;
  return { id, createdAt: Number(createdAt), options: optionsOf(options), isCancelled, result };
}

/** Adds events to a run that is held. */
export async function recordEvents(queries: Queries, run: string, events: readonly ToldEvent[]): Promise<void> {
  if (events.length === 0) return;
  await queries.query(
    `with counted as (update contractor.runs set last_seq = last_seq + $2 where id = $1 returning last_seq - $2 as before)
     insert into contractor.events (run, seq, event)
     select $1, before + place, event || jsonb_build_object('run', $1::text, 'seq', before + place)
     from counted, jsonb_array_elements($3::jsonb) with ordinality as told (event, place)`,
    [run, events.length, JSON.stringify(events, storable)],
  );
}

/** PostgreSQL takes no NUL in a text, and no half of a pair of surrogates: an event with one could never be told. */
function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\u{fffd}') : value;
}

interface ProjectRow {
  readonly name: string;
  readonly depends_on: readonly string[];
  readonly queue: string;
  readonly takes: readonly string[];
  readonly state: ProjectState;
  readonly because: string | null;
  readonly job: string | null;
}

/**
 * What follows for a run that is held from how its projects are: those are put into the queue whose needs are built,
 * those are skipped that cannot be built or are not to be begun any more, and a run ends whose projects all have.
 * The same decision as that of a build on one machine.
 */
export async function advanceRun(
  queries: Queries,
  run: LockedRun,
  { queue, now }: { queue: Queue; now: number },
): Promise<void> {
  if (run.result !== null) return;
  const rows = await queries.query<ProjectRow>(
    'select name, depends_on, queue, takes, state, because, job from contractor.projects where run = $1 order by position',
    [run.id],
  );
  const { start, fates } = runDecision({
    projects: rows.map(({ name, depends_on: dependsOn }) => ({ name, dependsOn })),
    jobs: Infinity,
    keepGoing: run.options.keepGoing === true,
    begun: [],
    running: rows.filter(({ state }) => state === 'running').map(({ name }) => name),
    fates: Object.fromEntries(rows.flatMap((row) => (isEnded(row) ? [[row.name, fateOf(row)]] : []))),
    cancelled: run.isCancelled,
  });
  const events: ToldEvent[] = [];
  const starting = new Set(start);
  const ready = rows.filter(({ name, state }) => state === 'waiting' && starting.has(name));
  await putIntoQueues(queries, { run: run.id, queue }, ready);
  for (const row of rows) {
    const fate = fates[row.name];
    if (isEnded(row) || row.state === 'running') continue;
    if (fate?.end === 'skipped') {
      const because = fate.because === undefined ? {} : { because: fate.because };
      await queries.query(
        `update contractor.projects set state = 'skipped', because = $3 where run = $1 and name = $2`,
        [run.id, row.name, fate.because ?? null],
      );
      if (row.job !== null) await queue.cancel(queries, row.queue, [row.job]);
      events.push({ type: 'project-ended', at: now, project: row.name, result: 'skipped', durationMs: 0, ...because });
    }
  }
  const ends = rows.map(({ name }) => fates[name]?.end);
  if (ends.every((end) => end !== undefined)) {
    const result: RunResult = ends.includes('failed')
      ? 'failed'
      : ends.every((end) => end === 'built')
        ? 'built'
        : 'cancelled';
    events.push({ type: 'run-ended', at: now, result, durationMs: Math.max(0, now - run.createdAt) });
    await queries.query('update contractor.runs set result = $2, ended_at = $3 where id = $1', [run.id, result, now]);
  }
  await recordEvents(queries, run.id, events);
}

/** All at once: the first of a run are as many as its projects. */
async function putIntoQueues(
  queries: Queries,
  { run, queue }: { readonly run: string; readonly queue: Queue },
  ready: readonly ProjectRow[],
): Promise<void> {
  if (ready.length === 0) return;
  const needs = await needsOf(queries, run, ready);
  for (const [name, rows] of Map.groupBy(ready, (row) => row.queue)) {
    const needing = rows.map((row) => ({ name: row.name, needs: needs.get(row.name) ?? [] }));
    const jobs = await queue.send(
      queries,
      name,
      needing.map((each) => ({ data: { run, project: each.name }, group: groupOf(each.needs) })),
    );
    await queries.query(
      `update contractor.projects p set state = 'ready', job = sent.job, needs = sent.needs, ready_at = now()
       from jsonb_to_recordset($2::jsonb) as sent (name text, needs text[], job uuid) where p.run = $1 and p.name = sent.name`,
      [run, JSON.stringify(needing.map((each, index) => ({ ...each, job: jobs[index] })))],
    );
  }
}

/** The digests of what projects take that are ready: by then all of it is there. Of one that takes nothing, nothing. */
async function needsOf(
  queries: Queries,
  run: string,
  ready: readonly ProjectRow[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const taking = ready.filter((row) => row.takes.length > 0).map(({ name }) => name);
  if (taking.length === 0) return new Map();
  const rows = await queries.query<{ name: string; needs: string[] }>(
    `select p.name, array_agg(distinct a.digest order by a.digest) as needs
     from contractor.projects p join contractor.run_artifacts a on a.run = p.run and a.name = any(p.takes)
     where p.run = $1 and p.name = any($2) group by p.name`,
    [run, taking],
  );
  return new Map(rows.map(({ name, needs }) => [name, needs]));
}

/**
 * The same after one project has ended. That nobody needs one that is built, and others have not ended, is asked of the
 * database alone: of a run of many projects, most ends change nothing for the others, whose rows are not read then.
 */
export async function advanceAfter(
  queries: Queries,
  { run, project, result }: { readonly run: LockedRun; readonly project: string; readonly result: ProjectResult },
  place: { queue: Queue; now: number },
): Promise<void> {
  if (result === 'built' && !run.isCancelled) {
    const [row] = await queries.query<{ matters: boolean }>(
      `select exists (select from contractor.projects where run = $1 and state = 'waiting' and $2 = any(depends_on))
         or not exists (select from contractor.projects where run = $1 and state in ('waiting', 'ready', 'running')) as matters`,
      [run.id, project],
    );
    if (row?.matters === false) return;
  }
  await advanceRun(queries, run, place);
}

function isEnded({ state }: { readonly state: ProjectState }): boolean {
  return state !== 'waiting' && state !== 'ready' && state !== 'running';
}

function fateOf({ state, because }: ProjectRow): ProjectFate {
  if (state === 'skipped') return because === null ? { end: 'skipped' } : { end: 'skipped', because };
  return { end: state === 'built' || state === 'failed' ? state : 'cancelled' };
}

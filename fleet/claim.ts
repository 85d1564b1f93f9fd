import type { Database, Queries } from './database.ts';
import type { FetchedJob, Queue } from './queue.ts';
import { advanceRun, lockRun, recordEvents } from './records.ts';
import type { FleetOptions, ToldEvent } from './records.ts';

/** That this worker, and at this attempt, is the one that builds a project. */
export interface Claim {
  readonly run: string;
  readonly project: string;
  readonly queue: string;
  readonly job: string;
  readonly attempt: number;
}

/** A project that a worker has claimed, with all that it needs to know to build it. */
export interface ClaimedProject {
  readonly claim: Claim;
  readonly specName: string;
  readonly specText: string;
  readonly lockText: string | null;
  readonly options: FleetOptions;
  readonly makes: readonly string[];
  /** Where a refusal is told that is of none of its steps. */
  readonly firstStep: string;
  /** The artifacts of others that it takes, by name with their digests. */
  readonly given: Readonly<Record<string, string>>;
  readonly isCancelled: boolean;
}

/** Another attempt at the project has taken over, or it has ended: nothing of this one counts any more. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** A project that so many workers were lost with takes the next one down too. */
export const MOST_LOSSES = 3;

/**
 * Takes the project of a job, in place of whoever had it before. Undefined when there is nothing to build any more:
 * the job is then done with.
 */
export async function claimProject(
  job: FetchedJob,
  { database, queue, queueName, worker, now }: ClaimPlace,
): Promise<ClaimedProject | undefined> {
  const { run, project } = job.data;
  return await database.transaction(async (queries) => {
    const locked = await lockRun(queries, run);
    const claim: Claim = { run, project, queue: queueName, job: job.id, attempt: job.retryCount };
    const done = async (): Promise<undefined> => {
      await queue.complete(queries, queueName, job);
      return undefined;
    };
    if (locked === undefined) return await done();
    const [row] = await queries.query<{ first_step: string }>(
      `update contractor.projects set state = 'running', attempt = $4, worker = $5
       where run = $1 and name = $2 and job = $3 and attempt < $4 and state in ('ready', 'running')
       returning first_step`,
      [run, project, job.id, job.retryCount, worker],
    );
    if (row === undefined) return await done();
    if (job.retryCount > MOST_LOSSES && !locked.isCancelled) {
      const at = now();
      const step = { project, step: row.first_step, attempt: 1, attemptId: job.id };
      await recordEvents(queries, run, [
        { type: 'step-ended', at, ...step, outcome: lostTooOften(job.retryCount), durationMs: 0, next: 'end' },
        { type: 'project-ended', at, project, result: 'failed', durationMs: 0 },
      ]);
      await setEnded(queries, claim, 'failed');
      await advanceRun(queries, locked, { queue, now: at });
      return await done();
    }
    return await whatToBuild(queries, claim);
  });
}

/** What claims are made with. */
export interface ClaimPlace {
  readonly database: Database;
  readonly queue: Queue;
  readonly queueName: string;
  /** Which worker this is: the same as before after it was started again. */
  readonly worker: string;
  readonly now: () => number;
}

function lostTooOften(times: number): Extract<ToldEvent, { type: 'step-ended' }>['outcome'] {
  return {
    type: 'refused',
    code: 'WORKER_LOST',
    message: `${times} workers were lost while they built this project`,
    mend: 'Look on these hosts for what ended them (`dmesg`, `journalctl`); then build again.',
  };
}

/** The claims that a worker had before it was started again, and that are still its own. */
export async function ownClaims({ database, queue, worker }: Omit<ClaimPlace, 'now'>): Promise<ClaimedProject[]> {
  const rows = await database.query<{ run: string; name: string; queue: string; job: string; attempt: number }>(
    `select run, name, queue, job, attempt from contractor.projects where worker = $1 and state = 'running'`,
    [worker],
  );
  const own: ClaimedProject[] = [];
  for (const { run, name: project, queue: queueName, job, attempt } of rows) {
    if (!(await queue.touch(queueName, { id: job, retryCount: attempt }))) continue;
    own.push(await whatToBuild(database, { run, project, queue: queueName, job, attempt }));
  }
  return own;
}

async function whatToBuild(queries: Queries, claim: Claim): Promise<ClaimedProject> {
  const [row] = await queries.query<{
    spec_name: string;
    spec_text: string;
    lock_text: string | null;
    options: FleetOptions;
    makes: string[];
    first_step: string;
    cancelled: boolean;
    given: Record<string, string> | null;
  }>(
    `select spec_name, spec_text, lock_text, options, makes, first_step, cancel_requested_at is not null as cancelled,
       (select jsonb_object_agg(a.name, a.digest) from contractor.run_artifacts a
        where a.run = r.id and a.name = any(p.takes)) as given
     from contractor.runs r join contractor.projects p on p.run = r.id
     where r.id = $1 and p.name = $2`,
    [claim.run, claim.project],
  );
  if (row === undefined) throw new ClaimLost();
  return {
    claim,
    specName: row.spec_name,
    specText: row.spec_text,
    lockText: row.lock_text,
    options: row.options,
    makes: row.makes,
    firstStep: row.first_step,
    given: row.given ?? {},
    isCancelled: row.cancelled,
  };
}

/** Does `write` in a transaction if the claim still holds, and as long as it lasts nobody can take it. @throws ClaimLost */
export async function underClaim<T>(
  database: Database,
  claim: Claim,
  write: (queries: Queries, run: NonNullable<Awaited<ReturnType<typeof lockRun>>>) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (queries) => {
    const run = await lockRun(queries, claim.run);
    const held = await queries.query(
      `select 1 from contractor.projects
       where run = $1 and name = $2 and job = $3 and attempt = $4 and state = 'running' for update`,
      [claim.run, claim.project, claim.job, claim.attempt],
    );
    if (run === undefined || held.length === 0) throw new ClaimLost();
    return await write(queries, run);
  });
}

/** Says how a project that is held has ended. */
export async function setEnded(queries: Queries, { run, project }: Claim, state: string): Promise<void> {
  await queries.query('update contractor.projects set state = $3 where run = $1 and name = $2', [run, project, state]);
}

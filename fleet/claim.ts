import type { Database, Queries } from './database.ts';
import { assertUsable } from './migrate.ts';
import type { FetchedJob, Queue } from './queue.ts';
import { advanceRun, lockRun, optionsOf, recordEvents } from './records.ts';
import type { FleetOptions, LockedRun, ToldEvent } from './records.ts';

/** That this process of this worker, and at this attempt, is the one that builds a project. */
export interface Claim {
  readonly run: string;
  readonly project: string;
  readonly queue: string;
  readonly job: string;
  readonly attempt: number;
  readonly holder: string;
}

/** A project that a worker has claimed, with all that it needs to know to build it. */
export interface ClaimedProject {
  readonly claim: Claim;
  /** How often the holder of the claim before this one has written under the same attempt. */
  readonly told: number;
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
  /** Its steps are shared with other workers as they are done. */
  readonly sharesSteps: boolean;
}

/** Somebody else has taken the project over, or it has ended: nothing of this claim counts any more. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** A project that so many workers were lost with takes the next one down too. */
const MOST_LOSSES = 3;

/** What claims are made with. */
export interface ClaimPlace {
  readonly database: Database;
  readonly queue: Queue;
  readonly queueName: string;
  /** Which worker this is: the same as before after it was started again. */
  readonly worker: string;
  /** Which process of it: never the same as before. */
  readonly holder: string;
  readonly now: () => number;
}

/**
 * Takes the project of a job, in place of whoever had it before. Undefined when there is nothing to build any more:
 * the job is then done with.
 */
export async function claimProject(
  job: FetchedJob,
  { database, queue, queueName, worker, holder, now }: ClaimPlace,
): Promise<ClaimedProject | undefined> {
  const { run, project } = job.data;
  return await database.transaction(async (queries) => {
    const locked = await lockRun(queries, run);
    const claim: Claim = { run, project, queue: queueName, job: job.id, attempt: job.retryCount, holder };
    const done = async (): Promise<undefined> => {
      await queue.complete(queries, queueName, job);
      return undefined;
    };
    if (locked === undefined) return await done();
    const [row] = await queries.query<{ first_step: string; losses: number }>(
      `update contractor.projects set state = 'running', attempt = $4, worker = $5, holder = $6, told = 0,
         losses = losses + case state when 'running' then 1 else 0 end
       where run = $1 and name = $2 and job = $3 and attempt < $4 and state in ('ready', 'running')
       returning first_step, losses`,
      [run, project, job.id, job.retryCount, worker, holder],
    );
    if (row === undefined) return await done();
    if (row.losses > MOST_LOSSES && !locked.isCancelled) {
      const at = now();
      const step = { project, step: row.first_step, attempt: 1, attemptId: job.id };
      await recordEvents(queries, run, [
        { type: 'step-ended', at, ...step, outcome: lostTooOften(row.losses), durationMs: 0, next: 'end' },
        { type: 'project-ended', at, project, result: 'failed', durationMs: 0 },
      ]);
      await setEnded(queries, claim, 'failed');
      await advanceRun(queries, locked, { queue, now: at });
      return await done();
    }
    return await whatToBuild(queries, claim, 0);
  });
}

function lostTooOften(times: number): Extract<ToldEvent, { type: 'step-ended' }>['outcome'] {
  return {
    type: 'refused',
    code: 'WORKER_LOST',
    message: `${times} workers were lost while they built this project`,
    mend: 'Look on these hosts for what ended them (`dmesg`, `journalctl`); then build again.',
  };
}

/**
 * The claims that a worker had before it was started again, and that are still its own. Should the process before this one
 * live yet, or another have the same name, it is shut out from here on.
 */
export async function ownClaims({
  database,
  queue,
  worker,
  holder,
}: Omit<ClaimPlace, 'now' | 'queueName'>): Promise<ClaimedProject[]> {
  const rows = await database.query<{
    run: string;
    name: string;
    queue: string;
    job: string;
    attempt: number;
    told: number;
  }>(
    `update contractor.projects set holder = $2 where worker = $1 and state = 'running'
     returning run, name, queue, job, attempt, told`,
    [worker, holder],
  );
  const own: ClaimedProject[] = [];
  for (const { run, name: project, queue: queueName, job, attempt, told } of rows) {
    if (!(await queue.touch(queueName, { id: job, retryCount: attempt }))) continue;
    own.push(await whatToBuild(database, { run, project, queue: queueName, job, attempt, holder }, told));
  }
  return own;
}

async function whatToBuild(queries: Queries, claim: Claim, told: number): Promise<ClaimedProject> {
  const [row] = await queries.query<{
    spec_name: string;
    spec_text: string;
    lock_text: string | null;
    options: unknown;
    makes: string[];
    first_step: string;
    cancelled: boolean;
    checkpoint: string | null;
    given: Record<string, string> | null;
  }>(
    `select spec_name, spec_text, lock_text, options, makes, first_step, cancel_requested_at is not null as cancelled,
       checkpoint, (select jsonb_object_agg(a.name, a.digest) from contractor.run_artifacts a
        where a.run = r.id and a.name = any(p.takes)) as given
     from contractor.runs r join contractor.projects p on p.run = r.id
     where r.id = $1 and p.name = $2`,
    [claim.run, claim.project],
  );
  if (row === undefined) throw new ClaimLost();
  return {
    claim,
    told,
    specName: row.spec_name,
    specText: row.spec_text,
    lockText: row.lock_text,
    options: optionsOf(row.options),
    makes: row.makes,
    firstStep: row.first_step,
    given: row.given ?? {},
    isCancelled: row.cancelled,
    sharesSteps: row.checkpoint === 'step',
  };
}

/**
 * Does `write` in a transaction if the claim still holds; as long as it lasts nobody can take it. `told` counts what is written under a
 * claim: what was written already, although its answer got lost, is not written again. @throws ClaimLost
 */
export async function underClaim(
  database: Database,
  { claim, told }: { readonly claim: Claim; readonly told: number },
  write: (queries: Queries, run: LockedRun) => Promise<void>,
): Promise<void> {
  await database.transaction(async (queries) => {
    const run = await lockRun(queries, claim.run);
    if (run === undefined) throw new ClaimLost();
    if (!(await countTold(queries, claim, told))) {
      if ((await heldRow(queries, claim))?.told === told + 1) return;
      throw new ClaimLost();
    }
    await write(queries, run);
  });
}

/** False where the claim does not hold any more, or so much was not told before. Whoever takes over has to wait until this transaction has ended. */
async function countTold(
  queries: Queries,
  { run, project, job, attempt, holder }: Claim,
  told: number,
): Promise<boolean> {
  const [row] = await queries.query(
    `update contractor.projects set told = told + 1
     where run = $1 and name = $2 and job = $3 and attempt = $4 and holder = $5 and told = $6 and state = 'running'
     returning told`,
    [run, project, job, attempt, holder, told],
  );
  return row !== undefined;
}

/** Does `write` if the claim still holds, what can be done twice without harm. @throws ClaimLost */
export async function whileClaimed(
  database: Database,
  claim: Claim,
  write: (queries: Queries) => Promise<void>,
): Promise<void> {
  await database.transaction(async (queries) => {
    if ((await heldRow(queries, claim))?.state !== 'running') throw new ClaimLost();
    await assertUsable(queries);
    await write(queries);
  });
}

/** Whoever takes over has to wait until this transaction has ended. */
async function heldRow(
  queries: Queries,
  { run, project, job, attempt, holder }: Claim,
): Promise<{ readonly state: string; readonly told: number } | undefined> {
  const [row] = await queries.query<{ state: string; told: number }>(
    `select state, told from contractor.projects
     where run = $1 and name = $2 and job = $3 and attempt = $4 and holder = $5 for no key update`,
    [run, project, job, attempt, holder],
  );
  return row;
}

/** Says where the steps of a project run, for who wants to look at their trees. */
export async function recordWhere(
  queries: Queries,
  { run, project }: Pick<Claim, 'run' | 'project'>,
  where: { readonly store: string; readonly run: string },
): Promise<void> {
  await queries.query(
    'update contractor.projects set worker_store = $3, worker_run = $4 where run = $1 and name = $2',
    [run, project, where.store, where.run],
  );
}

/** Says how a project that is held has ended. */
export async function setEnded(
  queries: Queries,
  { run, project }: Pick<Claim, 'run' | 'project'>,
  state: string,
): Promise<void> {
  await queries.query('update contractor.projects set state = $3 where run = $1 and name = $2', [run, project, state]);
}

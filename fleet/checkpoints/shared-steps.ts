import { isSharedStep } from '../../index.ts';
import type { SharedStep } from '../../index.ts';
import type { Claim } from '../claim.ts';
import type { Queries } from '../database.ts';

/** A step that a worker has shared. */
export interface SharedRow {
  readonly worker: string;
  readonly step: SharedStep;
}

type OfProject = Pick<Claim, 'run' | 'project'>;

/** Tells of steps that are done, by their places in the project. To be done while the claim holds. */
export async function recordShared(
  queries: Queries,
  { run, project }: OfProject,
  { worker, steps }: { readonly worker: string; readonly steps: ReadonlyMap<number, SharedStep> },
): Promise<void> {
  for (const [position, step] of steps) {
    await queries.query(
      `insert into contractor.checkpoints (run, project, position, worker, step) values ($1, $2, $3, $4, $5)
       on conflict (run, project, position)
       do update set worker = excluded.worker, step = excluded.step, is_void = false`,
      [run, project, position, worker, JSON.stringify(step)],
    );
  }
}

/** The steps of a project that were shared, from its first on, without a gap, and without what is nothing of the kind. */
export async function sharedSteps(queries: Queries, { run, project }: OfProject): Promise<readonly SharedRow[]> {
  const rows = await queries.query<{ position: number; worker: string; step: unknown }>(
    `select position, worker, step from contractor.checkpoints
     where run = $1 and project = $2 and not is_void order by position`,
    [run, project],
  );
  const known: SharedRow[] = [];
  for (const { position, worker, step } of rows) {
    if (position !== known.length || !isSharedStep(step)) break;
    known.push({ worker, step });
  }
  return known;
}

/** Nobody goes on behind these any more: a worker has gone on behind an earlier one. */
export async function voidFrom(queries: Queries, { run, project }: OfProject, position: number): Promise<void> {
  await queries.query(
    'update contractor.checkpoints set is_void = true where run = $1 and project = $2 and position >= $3',
    [run, project, position],
  );
}

import type { Database } from './database.ts';

/** Where the steps of a project have run, or run. */
export interface TreesPlace {
  readonly project: string;
  readonly worker: string;
  /** A directory of that worker's host. */
  readonly store: string;
  /** What the run is called in that store. */
  readonly run: string;
}

/** Of each project of a run that a worker has begun, whose trees are somewhere. */
export async function whereTreesAre(database: Database, run: string): Promise<TreesPlace[]> {
  return await database.query<TreesPlace>(
    `select name as project, worker, worker_store as store, worker_run as run from contractor.projects
     where run = $1 and worker_run is not null order by position`,
    [run],
  );
}

import type { Queries } from './database.ts';

/** A version of an artifact among all workers. */
export interface FleetVersion {
  readonly version: number;
  /** False when the newest version is the same tree. */
  readonly isNew: boolean;
}

/** Gives an artifact its version among all workers, and notes that the run takes it from then on. */
export async function registerArtifact(
  queries: Queries,
  {
    run,
    name,
    digest,
    at,
  }: { readonly run: string; readonly name: string; readonly digest: string; readonly at: number },
): Promise<FleetVersion> {
  // Two runs may publish the same name, and only one can be the next version.
  await queries.query(`select pg_advisory_xact_lock(hashtextextended('contractor artifact ' || $1, 0))`, [name]);
  const [newest] = await queries.query<{ version: number; digest: string }>(
    'select version, digest from contractor.artifacts where name = $1 order by version desc limit 1',
    [name],
  );
  const isNew = newest?.digest !== digest;
  const version = (newest?.version ?? 0) + (isNew ? 1 : 0);
  if (isNew) {
    await queries.query(
      'insert into contractor.artifacts (name, version, digest, created_at, made_by) values ($1, $2, $3, $4, $5)',
      [name, version, digest, at, run],
    );
  }
  await queries.query(
    `insert into contractor.run_artifacts (run, name, digest) values ($1, $2, $3)
     on conflict (run, name) do update set digest = excluded.digest`,
    [run, name, digest],
  );
  return { version, isNew };
}

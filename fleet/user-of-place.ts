import { createHash } from 'node:crypto';
import type { PlaceUser } from '../index.ts';
import type { Database } from './database.ts';

/**
 * The workers of a database, as a user of the place where they leave artifacts for each other: what runs need that have not ended, no
 * prune of that place forgets. It has the same id on all hosts, however they call the database.
 */
export async function userOfPlace(database: Database): Promise<PlaceUser> {
  const [server] = await database.query<{ system: string; name: string }>(
    'select system_identifier::text as system, current_database()::text as name from pg_control_system()',
  );
  if (server === undefined) throw new Error('a server has an identifier');
  const id = createHash('sha256').update(`${server.system}/${server.name}`).digest('hex').slice(0, 32);
  return {
    id,
    name: `${URL.parse(database.name)?.host ?? ''}/${server.name}`,
    needs: async () => await neededByRuns(database),
  };
}

async function neededByRuns(database: Database): ReturnType<PlaceUser['needs']> {
  const artifacts = await database.query<{ name: string; digest: string }>(
    `select a.name, a.digest from contractor.run_artifacts a join contractor.runs r on r.id = a.run where r.ended_at is null
     union
     select shared->>'name', shared->>'digest' from contractor.checkpoints c join contractor.runs r on r.id = c.run,
       lateral (values (c.step->'tree'->'workspace'), (c.step->'published')) as of_step (shared)
     where r.ended_at is null and jsonb_typeof(shared) = 'object'`,
  );
  const [oldest] = await database.query<{ ms: number }>(
    `select (extract(epoch from clock_timestamp()) * 1000 - created_at)::float8 as ms
     from contractor.runs where ended_at is null order by created_at limit 1`,
  );
  return { artifacts, ...(oldest === undefined ? {} : { oldestMs: Math.max(0, oldest.ms) }) };
}

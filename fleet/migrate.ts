import { ContractorError } from '../errors.ts';
import type { Database, Queries } from './database.ts';
import { MIGRATIONS } from './migrations/migrations.ts';

/** Any number that no other program of the database takes: "contract" in ASCII. */
const LOCK = '7165071187022934900';

/**
 * Brings the schema `contractor` to the version that this program knows. A user who may not make tables can use one
 * that is there: it is looked at first, and the lock is taken only where something is to be made.
 *
 * @throws DATABASE_OF_OTHER_VERSION where it is newer
 */
export async function migrate(database: Database, migrations: readonly string[] = MIGRATIONS): Promise<void> {
  if ((await versionOf(database, migrations.length)) === migrations.length) return;
  await database.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(${LOCK})`);
    // Another may have made it meanwhile.
    const version = await versionOf(queries, migrations.length);
    if (version === 0) {
      await queries.query('create schema if not exists contractor');
      await queries.query('create table contractor.migrations (number integer primary key)');
    }
    for (const [index, text] of migrations.entries()) {
      if (index < version) continue;
      await queries.query(text);
      await queries.query('insert into contractor.migrations (number) values ($1)', [index + 1]);
    }
  });
}

async function versionOf(queries: Queries, known: number): Promise<number> {
  // Asked of the table of tables: `to_regclass` may answer from before the lock was had.
  const [found] = await queries.query<{ there: boolean }>(
    `select exists (select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname = 'contractor' and relname = 'migrations') as there`,
  );
  if (found?.there !== true) return 0;
  const [row] = await queries.query<{ version: number }>(
    'select coalesce(max(number), 0)::integer as version from contractor.migrations',
  );
  const version = row?.version ?? 0;
  if (version <= known) return version;
  throw new ContractorError(
    'DATABASE_OF_OTHER_VERSION',
    `The schema \`contractor\` of the database has version ${version}; this contractor knows ${known}.`,
    'Use the newer contractor on this host too.',
  );
}

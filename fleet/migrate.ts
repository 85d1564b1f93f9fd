import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../errors.ts';
import { isConflict } from './database.ts';
import type { Database, Queries } from './database.ts';
import { MIGRATIONS } from './migrations/migrations.ts';
import type { Migration } from './migrations/migrations.ts';

/** Any number that no other program of the database takes: "contract" in ASCII. */
const LOCK = '7165071187022934900';

/** As long as a table is waited for at once: whoever asks for it meanwhile waits behind us. */
const LOCK_MS = 2000;
const AGAIN_MS = 500;
const ATTEMPTS = 20;

/** What a database says of its schema. */
interface SchemaVersion {
  readonly version: number;
  /** How many migrations a program has to know to use it. */
  readonly oldest: number;
}

/**
 * Brings the schema `contractor` to the version that this program knows, also while older programs work with it. A user who may
 * not make tables can use one that is there: it is looked at first, and the lock is taken only where something is to be made.
 *
 * @throws DATABASE_OF_OTHER_VERSION where it is newer, and not for programs of this version any more
 */
export async function migrate(database: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const known = migrations.length;
  if (usable(await schemaVersion(database), known).version >= known) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await database.transaction(async (queries) => await makeMissing(queries, migrations));
      return;
    } catch (error) {
      // Workers that run hold what is to be changed, and they go first.
      if (!isInTheWay(error) || attempt === ATTEMPTS) throw error;
    }
    await wait(AGAIN_MS);
  }
}

async function makeMissing(queries: Queries, migrations: readonly Migration[]): Promise<void> {
  await queries.query(`set local lock_timeout = ${LOCK_MS}`);
  await queries.query(`select pg_advisory_xact_lock(${LOCK})`);
  // Another may have made it meanwhile.
  const { version } = usable(await schemaVersion(queries), migrations.length);
  if (version === 0) {
    await queries.query('create schema if not exists contractor');
    await queries.query('create table contractor.migrations (number integer primary key)');
  }
  for (const [index, { sql, oldest = 1 }] of migrations.entries()) {
    const number = index + 1;
    if (number <= version) continue;
    // Whoever writes holds one of these, and has looked at `oldest` before: what older programs write comes before this or not at all.
    if (oldest > 1) await queries.query('lock table contractor.runs, contractor.projects in exclusive mode');
    await queries.query(sql);
    await queries.query('insert into contractor.migrations (number) values ($1)', [number]);
    if (oldest > 1) {
      await queries.query('update contractor.migrations set oldest = $2 where number = $1', [number, oldest]);
    }
  }
}

/** How many migrations a program has to know, as a part of another question; for {@link assertKnows}. */
export const OLDEST = '(select max(oldest) from contractor.migrations)';

/** That this program may use a database of which it has heard so much. @throws DATABASE_OF_OTHER_VERSION */
export function assertKnows(oldest: number): void {
  usable({ version: oldest, oldest }, MIGRATIONS.length);
}

/** That it may still, since the database was opened. @throws DATABASE_OF_OTHER_VERSION */
export async function assertUsable(queries: Queries): Promise<void> {
  const [row] = await queries.query<{ oldest: number }>(`select ${OLDEST} as oldest`);
  assertKnows(row?.oldest ?? 0);
}

async function schemaVersion(queries: Queries): Promise<SchemaVersion> {
  // Asked of the table of tables: `to_regclass` may answer from before the lock was had.
  const [found] = await queries.query<{ there: boolean }>(
    `select exists (select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname = 'contractor' and relname = 'migrations') as there`,
  );
  if (found?.there !== true) return { version: 0, oldest: 1 };
  // By way of JSON, as the first versions have no such column.
  const [row] = await queries.query<SchemaVersion>(
    `select coalesce(max(number), 0)::integer as version, coalesce(max((to_jsonb(m)->>'oldest')::integer), 1) as oldest
     from contractor.migrations m`,
  );
  return row ?? { version: 0, oldest: 1 };
}

function usable(found: SchemaVersion, known: number): SchemaVersion {
  if (found.oldest <= known) return found;
  throw new ContractorError(
    'DATABASE_OF_OTHER_VERSION',
    `The schema \`contractor\` of the database can be used by programs that know its version ${found.oldest}; this contractor knows ${known}.`,
    'Use the newer contractor on this host too.',
  );
}

/** Also where two wait for each other. */
function isInTheWay(error: unknown): boolean {
  return isConflict(error) || (error instanceof Error && 'code' in error && error.code === '55P03');
}

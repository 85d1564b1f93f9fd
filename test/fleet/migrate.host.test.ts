import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../fleet/database.ts';
import type { Database } from '../../fleet/database.ts';
import { assertUsable, migrate } from '../../fleet/migrate.ts';
import { MIGRATIONS } from '../../fleet/migrations/migrations.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import { persistently } from '../../fleet/persistently.ts';
import { lockRun } from '../../fleet/records.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

const lacking = postgresPrograms() === undefined;
let postgres: Postgres;
beforeAll(async () => {
  if (!lacking) postgres = await startPostgres();
});
afterAll(() => postgres?.close());

const addColumn = 'alter table contractor.runs add column more text';
const known = MIGRATIONS.length;

async function withDatabase(use: (database: Database) => Promise<void>): Promise<void> {
  const database = await openDatabase(postgres.newDatabase());
  try {
    await migrate(database);
    await database.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ('r', 1, 'n', 't', '{}')`,
    );
    await use(database);
  } finally {
    await database.close();
  }
}

describe.skipIf(lacking)('the schema of the database', () => {
  test('is made once, however many come at the same time', async () => {
    const database = await openDatabase(postgres.newDatabase());
    await Promise.all([migrate(database), migrate(database), migrate(database)]);
    expect(await database.query('select number from contractor.migrations')).toEqual(
      MIGRATIONS.map((_, index) => ({ number: index + 1 })),
    );
    await database.close();
  });

  test('[A-241] is brought from an older version to a newer, with what is in it', async () => {
    const database = await openDatabase(postgres.newDatabase());
    await migrate(database);
    await database.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ('r', 1, 'n', 't', '{}')`,
    );
    await migrate(database, [...MIGRATIONS, { sql: addColumn }]);
    expect(await database.query('select id, more from contractor.runs')).toEqual([{ id: 'r', more: null }]);
    await database.close();
  });

  test('that fails to be made is not there at all', async () => {
    const database = await openDatabase(postgres.newDatabase());
    await expect(migrate(database, [...MIGRATIONS, { sql: 'select nothing from nowhere' }])).rejects.toThrow('nowhere');
    expect(await database.query(`select to_regclass('contractor.runs') as there`)).toEqual([{ there: null }]);
    await database.close();
  });

  test('[A-285] is used in a newer version as long as that is for programs of this one, and refused else', async () => {
    await withDatabase(async (database) => {
      await migrate(database, [...MIGRATIONS, { sql: addColumn, oldest: known }]);
      await migrate(database);
      expect(await database.transaction(async (queries) => await lockRun(queries, 'r'))).toMatchObject({ id: 'r' });
      await migrate(database, [
        ...MIGRATIONS,
        { sql: addColumn, oldest: known },
        { sql: 'select 1', oldest: known + 2 },
      ]);
      const refusal = {
        code: 'DATABASE_OF_OTHER_VERSION',
        message: expect.stringContaining(`version ${known + 2}; this contractor knows ${known}`),
      };
      await expect(migrate(database)).rejects.toMatchObject(refusal);
      await expect(assertUsable(database)).rejects.toMatchObject(refusal);
      await expect(database.transaction(async (queries) => await lockRun(queries, 'r'))).rejects.toMatchObject(refusal);
    });
  });

  test('[A-285] becomes one for newer programs after what older ones are writing, and before what they would write next', async () => {
    await withDatabase(async (database) => {
      const [writing, goOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const first = database.transaction(async (queries) => {
        await lockRun(queries, 'r');
        writing.resolve(undefined);
        await goOn.promise;
        await queries.query(`update contractor.runs set spec_name = 'written' where id = 'r'`);
      });
      await writing.promise;
      const sees = `create table seen as select spec_name from contractor.runs; select pg_sleep(0.5)`;
      const making = migrate(database, [...MIGRATIONS, { sql: sees, oldest: known + 1 }]);
      await waiting(database, 'lock table');
      const second = database.transaction(async (queries) => await lockRun(queries, 'r'));
      await waiting(database, 'for no key update');
      goOn.resolve(undefined);
      await Promise.all([first, making]);
      await expect(second).rejects.toMatchObject({ code: 'DATABASE_OF_OTHER_VERSION' });
      expect(await database.query('select * from seen')).toEqual([{ spec_name: 'written' }]);
    });
  });

  test('[A-284] lets others write while it waits for who reads a table for long', async () => {
    await withDatabase(async (database) => {
      const [reading, goOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const reader = database.transaction(async (queries) => {
        await queries.query('lock table contractor.runs in access share mode');
        reading.resolve(undefined);
        await goOn.promise;
      });
      await reading.promise;
      const making = migrate(database, [...MIGRATIONS, { sql: addColumn }]);
      await waiting(database, 'alter table');
      await database.query(`update contractor.runs set spec_name = 'written' where id = 'r'`);
      goOn.resolve(undefined);
      await Promise.all([reader, making]);
      expect(await database.query('select spec_name, more from contractor.runs')).toEqual([
        { spec_name: 'written', more: null },
      ]);
    });
  });
});

/** Until somebody waits for a lock with such a statement. */
async function waiting(database: Database, statement: string): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await database.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%' || $1 || '%'
         and datname = current_database()`,
      [statement],
    );
    expect(rows).not.toEqual([]);
  });
}

describe.skipIf(lacking)('a database that cannot be reached', () => {
  test('is refused with its name, and without the password', async () => {
    const refusal = await openFleet('postgres://ci:secret@localhost/x?host=/nowhere').then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string },
    );
    expect(refusal?.code).toBe('DATABASE_UNUSABLE');
    expect(refusal?.message).toContain('postgres://ci@localhost/x');
    expect(refusal?.message).not.toContain('secret');
    await expect(openFleet('mysql://x')).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('is waited for, and given up after the time that is set', async () => {
    let now = 0;
    let asked = 0;
    const away = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    const told: unknown[] = [];
    const patience = {
      giveUpAfterMs: 1000,
      now: () => (now += 300),
      name: 'x',
      onChange: (what: string, is: boolean) => told.push([what, is]),
    };
    await expect(
      persistently(async () => {
        asked += 1;
        throw away;
      }, patience),
    ).rejects.toMatchObject({ code: 'DATABASE_UNUSABLE' });
    expect(asked).toBeGreaterThan(1);
    expect(told).toEqual([['database', true]]);
  });
});

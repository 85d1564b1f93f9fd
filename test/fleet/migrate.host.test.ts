import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../fleet/database.ts';
import { migrate } from '../../fleet/migrate.ts';
import { MIGRATIONS } from '../../fleet/migrations/migrations.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import { persistently } from '../../fleet/persistently.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

const lacking = postgresPrograms() === undefined;
let postgres: Postgres;
beforeAll(async () => {
  if (!lacking) postgres = await startPostgres();
});
afterAll(() => postgres?.close());

describe.skipIf(lacking)('the schema of the database', () => {
  test('is made once, however many come at the same time', async () => {
    const database = await openDatabase(postgres.newDatabase());
    await Promise.all([migrate(database), migrate(database), migrate(database)]);
    expect(await database.query('select number from contractor.migrations')).toEqual(
      MIGRATIONS.map((_, index) => ({ number: index + 1 })),
    );
    await database.close();
  });

  test('is brought from an older version to a newer, with what is in it; [A-241] one that is newer yet is refused', async () => {
    const database = await openDatabase(postgres.newDatabase());
    await migrate(database);
    await database.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ('r', 1, 'n', 't', '{}')`,
    );
    await migrate(database, [...MIGRATIONS, 'alter table contractor.runs add column more text']);
    expect(await database.query('select id, more from contractor.runs')).toEqual([{ id: 'r', more: null }]);
    await expect(migrate(database)).rejects.toMatchObject({ code: 'DATABASE_OF_OTHER_VERSION' });
    await database.close();
  });

  test('that fails to be made is not there at all', async () => {
    const database = await openDatabase(postgres.newDatabase());
    await expect(migrate(database, [...MIGRATIONS, 'select nothing from nowhere'])).rejects.toThrow('nowhere');
    expect(await database.query(`select to_regclass('contractor.runs') as there`)).toEqual([{ there: null }]);
    await database.close();
  });
});

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

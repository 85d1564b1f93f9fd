import { closeSync, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openStore } from '../../store/open-store.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { sampleRun } from '../store/sample-records.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

test('[A-43] finds a page of the database that was written over, and believes none of its records', async () => {
  const directory = join(temporaryDirectory(), 's');
  const made = openStore(directory);
  made.createRun(sampleRun('r1'));
  made.close();
  const file = join(directory, 'contractor.db');
  const database = new DatabaseSync(file);
  const found = database.prepare(`SELECT rootpage AS page FROM sqlite_schema WHERE name = 'runs_by_age'`).get();
  database.close();
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(8, 0xff), 0, 8, (Number(found?.['page']) - 1) * 4096);
  closeSync(fd);
  const supervisor = createSupervisor({ store: directory });
  expect(await supervisor.checkStore({ mend: true })).toMatchObject([
    { name: 'database', state: 'damaged', mend: expect.stringMatching(/copy/) as unknown },
  ]);
  await supervisor.close();
});

test('[A-43] finds a database that cannot be opened', async () => {
  const directory = join(temporaryDirectory(), 's');
  openStore(directory).close();
  writeFileSync(join(directory, 'contractor.db'), 'all work and no play '.repeat(1000));
  expect(await createSupervisor({ store: directory }).checkStore()).toMatchObject([
    { name: 'database', state: 'damaged', mend: expect.stringMatching(/copy/) as unknown },
  ]);
});

test('makes no store to check it', async () => {
  const directory = join(temporaryDirectory(), 's');
  expect(await createSupervisor({ store: directory }).checkStore()).toMatchObject([{ state: 'ok' }]);
  expect(existsSync(directory)).toBe(false);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../fleet/database.ts';
import type { Database } from '../../fleet/database.ts';
import { openQueue } from '../../fleet/queue.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';

const lacking = postgresPrograms() === undefined;
let postgres: Postgres;
let database: Database;
beforeAll(async () => {
  if (lacking) return;
  postgres = await startPostgres();
  database = await openDatabase(postgres.newDatabase());
});
afterAll(async () => {
  await database?.close();
  await postgres?.close();
});

/** The same database, which goes away at a question. */
function awayAt(question: number): Database {
  let asked = 0;
  const query: Database['query'] = async (text, values) => {
    asked += 1;
    if (asked >= question) throw new Error('away');
    return await database.query(text, values);
  };
  return { ...database, query };
}

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe.skipIf(lacking)('a queue that is opened', () => {
  test('[A-280] while the database goes away, at whichever question, leaves nothing that keeps the process', async () => {
    await (await openQueue(database, ['project'])).close();
    const before = timers();
    let failed = 0;
    for (let question = 1; ; question++) {
      const opened = await openQueue(awayAt(question), ['project']).catch(() => undefined);
      await opened?.close();
      expect(timers(), `after ${question} questions`).toBeLessThanOrEqual(before);
      if (opened !== undefined) break;
      failed += 1;
    }
    expect(failed).toBeGreaterThan(1);
  });
});

import { databaseRefusal, openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openQueue, QUEUE } from './queue.ts';
import type { Queue } from './queue.ts';

/** A database that workers share, with its queue. */
export interface Fleet extends AsyncDisposable {
  readonly database: Database;
  readonly queue: Queue;
}

/** Connects, and brings the schema to the version that this program knows. @throws DATABASE_UNUSABLE, DATABASE_OF_OTHER_VERSION */
export async function openFleet(url: string): Promise<Fleet> {
  const database = await openDatabase(url);
  try {
    await migrate(database);
    const queue = await openQueue(database, [QUEUE]);
    return {
      database,
      queue,
      [Symbol.asyncDispose]: async () => {
        await queue.close().catch(() => undefined); // What is away needs no goodbye.
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw databaseRefusal(error, database.name);
  }
}

/** Opens a fleet for as long as `use` lasts. What the database refuses comes out as a refusal. */
export async function withFleet<T>(url: string, use: (fleet: Fleet) => Promise<T>): Promise<T> {
  await using fleet = await openFleet(url);
  try {
    return await use(fleet);
  } catch (error) {
    throw databaseRefusal(error, fleet.database.name);
  }
}

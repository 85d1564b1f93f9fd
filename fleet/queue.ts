import { randomUUID } from 'node:crypto';
import { isAway } from './database.ts';
import type { Database, Queries } from './database.ts';
import { loadPackages } from './load-packages.ts';
import { HEARTBEAT_S, isTimeToRecover } from './pulse.ts';

/** A job that was fetched: with how often it had been before, it names one attempt at it. */
export interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

/** What a job says: which project is to be built. */
export interface JobData {
  readonly run: string;
  readonly project: string;
}

/** A job to be, and the group that it can be passed over with. */
export interface NewJob {
  readonly data: JobData;
  readonly group: string;
}

/** A job that was fetched, and what it says. */
export interface FetchedJob extends JobAttempt {
  readonly data: JobData;
}

/** Who builds which project next, by pg-boss, which is known to this file alone. */
export interface Queue {
  /** Makes a queue, if there is none of that name. */
  make(queue: string): Promise<void>;
  /** Puts projects into the queue, within a transaction. Gives the ids of their jobs, in that order. */
  send(queries: Queries, queue: string, all: readonly NewJob[]): Promise<readonly string[]>;
  /** Up to `count` jobs, of none of these groups, which are this worker's from then on, as long as it touches them. */
  fetch(queue: string, count: number, passedOver?: readonly string[]): Promise<FetchedJob[]>;
  /** Says that a worker lives. False when the job is not its own any more. */
  touch(queue: string, job: JobAttempt): Promise<boolean>;
  /** False when the job is not its own any more. */
  complete(queries: Queries, queue: string, job: JobAttempt): Promise<boolean>;
  /** Takes jobs out that nobody needs any more. */
  cancel(queries: Queries, queue: string, ids: readonly string[]): Promise<void>;
  /** Whether a job waits for another worker, as the one that had it was lost. */
  isGivenBack(queue: string, id: string): Promise<boolean>;
  /** Gives the jobs of workers that have not been heard of to others, if it is time to look. May be called at any rate. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** The longest that pg-boss lets a job take; a touch does not lengthen it. */
const LONGEST_S = 24 * 3600 - 1;

/** How often a job may be given to another worker: more than any project needs, as claims count by themselves. */
const MOST_RETRIES = 1000;

/** Tables of their own, beside the schema `contractor`. */
const SCHEMA = 'contractor_queue';

/** As long as a job may wait for a worker: pg-boss removes those that have waited longer. */
const LONGEST_WAIT_S = 5 * 365 * 24 * 3600;

/** What projects wait in that any worker may take. */
export const QUEUE = 'project';

/** Opens the queues, and makes their tables where there are none. */
export async function openQueue(database: Database, names: readonly string[]): Promise<Queue> {
  const { PgBoss } = await loadPackages();
  const boss = new PgBoss({
    db: adapter(database),
    schema: SCHEMA,
    supervise: false,
    schedule: false,
    registerInstance: false,
    // How often it may look, at most; `isTimeToRecover` says when it does.
    monitorIntervalSeconds: 1,
    superviseIntervalSeconds: 1,
    // What it builds behind a migration only the owner of its tables may, and does as it starts; others would fail each minute.
    bamIntervalSeconds: 24 * 3600,
  });
  boss.on('error', () => undefined); // Whoever asked hears it too.
  const make = async (name: string): Promise<void> => {
    if ((await boss.getQueue(name)) !== null) return;
    await boss.createQueue(name, {
      heartbeatSeconds: HEARTBEAT_S,
      expireInSeconds: LONGEST_S,
      retryLimit: MOST_RETRIES,
      retryDelay: 0,
      retentionSeconds: LONGEST_WAIT_S,
    });
  };
  try {
    await boss.start();
    for (const name of names) await make(name);
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => undefined); // Its timers would keep this process.
    throw error;
  }
  return {
    make,
    send: async (queries, queue, all) => {
      const jobs = all.map(({ data, group: id }) => ({ id: randomUUID(), data, group: { id } }));
      await boss.insert(queue, jobs, { db: adapter(queries) });
      return jobs.map(({ id }) => id);
    },
    fetch: async (queue, count, passedOver = []) => {
      const jobs = await boss
        .fetch<unknown>(queue, { batchSize: count, includeMetadata: true, ignoreGroups: [...passedOver] })
        .catch(async (error: unknown) => {
          // Somebody has named one that nobody has made.
          if (!isAway(error) && (await boss.getQueue(queue)) === null) return [];
          throw error;
        });
      return jobs.map(({ id, retryCount, data }) => ({ id, retryCount, data: dataOf(data) }));
    },
    touch: async (queue, { id, retryCount }) => hasAffected(await boss.touch(queue, { id, retryCount })),
    complete: async (queries, queue, { id, retryCount }) =>
      hasAffected(await boss.complete(queue, { id, retryCount }, null, { db: adapter(queries) })),
    cancel: async (queries, queue, ids) => {
      if (ids.length > 0) await boss.cancel(queue, [...ids], { db: adapter(queries) });
    },
    isGivenBack: async (queue, id) => {
      const [job] = await boss.findJobs<JobData>(queue, { id });
      return job === undefined || job.state !== 'active';
    },
    recover: async () => {
      if (await isTimeToRecover(database)) await boss.supervise();
    },
    close: async () => await boss.stop({ graceful: false }),
  };
}

function adapter(queries: Queries): { executeSql(text: string, values?: unknown[]): Promise<{ rows: object[] }> } {
  return { executeSql: async (text, values) => ({ rows: await queries.query<object>(text, values) }) };
}

/** A job that somebody else has made names nothing, and so is done with at once. */
function dataOf(data: unknown): JobData {
  const { run, project } = (data ?? {}) as Readonly<Record<string, unknown>>;
  return typeof run === 'string' && typeof project === 'string' ? { run, project } : { run: '', project: '' };
}

function hasAffected(response: object): boolean {
  return 'affected' in response && Number(response.affected) > 0;
}

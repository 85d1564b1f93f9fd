import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { project, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
let rig: TestFleet;
let worker: Worker;

beforeAll(async () => {
  if (lacking) return;
  rig = await openTestFleet();
  worker = rig.worker('one');
});
afterAll(() => rig?.close());

const empty = [{ action: 'empty-workspace' }];

/** A run of one project as somebody may write it who has the rights to the tables, and not by way of `contractor`. */
async function write(
  run: string,
  name: string,
  {
    projects = [project('p', empty)],
    options = {},
  }: { readonly projects?: readonly object[]; readonly options?: unknown } = {},
): Promise<void> {
  const { database, queue } = rig.fleet;
  await database.transaction(async (queries) => {
    await queries.query(
      'insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ($1, $2, $3, $4, $5)',
      [run, Date.now(), 'build.yaml', JSON.stringify({ projects }), JSON.stringify(options)],
    );
    const job = await queue.send(queries, 'project', { run, project: name });
    await queries.query(
      `insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue, state, job)
       values ($1, $2, 0, '{}', '{}', '{}', '1', 'project', 'ready', $3)`,
      [run, name, job],
    );
  });
}

/** How the project of a run has ended, and with which code. */
async function end(run: string): Promise<{ readonly state: string; readonly code: string | null }> {
  return await vi.waitFor(async () => {
    const [row] = await rig.fleet.database.query<{ state: string; code: string | null }>(
      `select state, (select event->'outcome'->>'code' from contractor.events e
         where e.run = p.run and event->>'type' = 'step-ended' limit 1) as code
       from contractor.projects p where run = $1 and state not in ('waiting', 'ready', 'running')`,
      [run],
    );
    if (row === undefined) throw new Error(`not yet: ${worker.said()}`);
    return row;
  });
}

describe.skipIf(lacking)('[A-270] a worker, and rows that nobody has handed in', () => {
  test('makes and removes nothing outside of its store, whatever a run or a project is called', async () => {
    const victim = join(rig.store.work, 'victim-p');
    mkdirSync(victim);
    writeFileSync(join(victim, 'kept'), '');
    await write('../../victim', 'p');
    expect(await end('../../victim')).toEqual({ state: 'built', code: null });
    expect(existsSync(join(victim, 'kept'))).toBe(true);
    const long = 'p'.repeat(300);
    await write('long', long);
    expect(await end('long')).toEqual({ state: 'failed', code: 'PROJECT_UNKNOWN' });
    expect(worker.child.exitCode).toBeNull();
  });

  test('reads no files of its host, also where its store lies in a repository', async () => {
    mkdirSync(join(rig.store.work, '.git'));
    await write('copied', 'p', { projects: [project('p', [{ action: 'copy-source', path: '../../../victim-p' }])] });
    expect(await end('copied')).toEqual({ state: 'failed', code: 'NOT_TO_BE_SENT' });
    await write('cloned', 'p', { projects: [project('p', [{ action: 'git', url: rig.store.work }])] });
    expect(await end('cloned')).toEqual({ state: 'failed', code: 'NOT_TO_BE_SENT' });
  });

  test('goes on when a job or options say nothing that it understands', async () => {
    const { database, queue } = rig.fleet;
    for (const data of ['null', '[]', '"x"', '{"run":{},"project":[1]}', '{"run":"other"}']) {
      await database.query(`insert into contractor_queue.job (name, data) values ('project', $1)`, [data]);
    }
    for (const [index, options] of [null, 'x', [], { rebuild: 7, keepGoing: 'yes', offline: {} }].entries()) {
      await write(`odd${index}`, 'p', { options });
      expect(await end(`odd${index}`)).toEqual({ state: 'built', code: null });
    }
    expect(worker.child.exitCode).toBeNull();
    // Nobody is given them again and again.
    expect(await queue.fetch('project', 10)).toEqual([]);
  });
});

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { eventsAfter, followRun } from '../../fleet/follow-run.ts';
import { logEnd } from '../../fleet/read-runs.ts';
import { recordEvents } from '../../fleet/records.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
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
    const [job] = await queue.send(queries, 'project', [{ data: { run, project: name }, group: 'g' }]);
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
    await write('loud', 'p\u001b]0;x\u0007\u202e');
    expect(await end('loud')).toEqual({ state: 'failed', code: 'PROJECT_UNKNOWN' });
    expect(worker.said()).not.toMatch(/[^\P{C}\n]/u);
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

describe.skipIf(lacking)('[A-271] who looks at a run of which others have written anything', () => {
  const evil = '\u001b]0;x\u0007\u009b2J\u202e\n';
  const at = 1;
  const step = { project: `p${evil}`, step: `s${evil}`, attempt: 1, attemptId: 'a' };
  const outcome = { type: 'refused', code: `c${evil}`, message: `m${evil}`, mend: `n${evil}` };
  const steps = [{ id: step.step, title: `t${evil}` }];
  const events = [
    {
      type: 'run-started',
      at,
      specName: `n${evil}`,
      resumed: false,
      projects: [{ name: step.project, dependsOn: [], steps }],
    },
    { type: 'project-started', at, project: step.project },
    { type: 'step-started', at, ...step },
    { type: 'step-ended', at, ...step, outcome, durationMs: 0, next: 'end' },
    { type: 'project-ended', at, project: step.project, result: 'failed', durationMs: 0 },
    { type: 'run-ended', at, result: 'failed', durationMs: 0 },
  ];

  beforeAll(async () => {
    const { database } = rig.fleet;
    await database.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, options, result, ended_at)
       values ('viewed', 1, $1, '', '{}', 'failed', 1)`,
      [`n${evil}`],
    );
    await database.query(
      `insert into contractor.projects (run, name, position, depends_on, takes, makes, first_step, queue, state, worker,
         worker_store, worker_run)
       values ('viewed', 'p', 0, '{}', '{}', '{}', '1', 'project', 'failed', $1, '/s', 'r; id')`,
      [`w${evil}`],
    );
    // Each says that it is the first, and of another run.
    for (const [index, event] of events.entries()) {
      await database.query('insert into contractor.events (run, seq, event) values ($1, $2, $3)', [
        'viewed',
        index + 1,
        JSON.stringify({ ...event, run: evil, seq: 0 }),
      ]);
    }
    for (const [startsAt, bytes] of [
      [0, 'ok\n'],
      [3, ''],
      [9, ''],
    ] as const) {
      await database.query('insert into contractor.logs (run, attempt, starts_at, bytes) values ($1, $2, $3, $4)', [
        'viewed',
        'a',
        startsAt,
        Buffer.from(bytes),
      ]);
    }
  });

  // What is to be typed is one word, whatever it is.
  test.for([
    [['status', 'viewed'], 'failed'],
    [['status', 'viewed', '--json'], 'failed'],
    [['runs'], 'viewed'],
    [['runs', '--json'], 'viewed'],
    [['logs', 'viewed'], 'ok\n'],
    [['shell', 'viewed:p'], "contractor --store /s shell 'r; id:p'"],
  ] as const)('%j comes to an end, and steers no terminal', { timeout: 60_000 }, async ([line, shown]) => {
    const { stdout, stderr } = await rig.command(line);
    expect(stdout + stderr).not.toBe('');
    expect(stdout + stderr).not.toMatch(/[^\P{C}\n\t]/u);
    expect(stdout + stderr).toContain(shown);
  });

  test('is told each event once, as the one that it is', { timeout: 60_000 }, async () => {
    const seen: BuildEvent[] = [];
    const patience = { giveUpAfterMs: 0, now: () => performance.now(), name: 'x' };
    for await (const event of followRun('viewed', { database: rig.fleet.database, patience })) seen.push(event);
    expect(seen.map((event) => ('seq' in event ? event.seq : undefined))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(seen.map(({ run }) => run))).toEqual(new Set(['viewed']));
  });

  test('hears what a tool has said, also where that is no text for PostgreSQL', async () => {
    const { database } = rig.fleet;
    const told = { type: 'step-ended', at, ...step, durationMs: 0, next: 'end' } as const;
    await database.query(
      `insert into contractor.runs (id, created_at, spec_name, spec_text, options) values ('nul', 1, 'n', '', '{}')`,
    );
    const odd = { type: 'refused', code: 'STORE_UNUSABLE', message: 'a\0b\ud800c\\u0000', mend: '' } as const;
    await recordEvents(database, 'nul', [{ ...told, outcome: odd }]);
    expect(await eventsAfter(database, 'nul', 0)).toMatchObject([{ outcome: { message: 'a\ufffdb\ufffdc\\u0000' } }]);
  });

  test('reads of the log of a failed step its end alone', async () => {
    const { database } = rig.fleet;
    for (let part = 0; part < 5; part += 1) {
      await database.query('insert into contractor.logs (run, attempt, starts_at, bytes) values ($1, $2, $3, $4)', [
        'viewed',
        'long',
        part * 1000,
        Buffer.from(String(part).repeat(1000)),
      ]);
    }
    const end = (await logEnd(database, { run: 'viewed', attempt: 'long', maxBytes: 1500 })).toString();
    expect(end).toBe(`${'3'.repeat(1000)}${'4'.repeat(1000)}`);
    expect((await logEnd(database, { run: 'viewed', attempt: 'long', maxBytes: 10 })).toString()).toBe('4444444444');
    expect((await logEnd(database, { run: 'viewed', attempt: 'a', maxBytes: 10 })).toString()).toBe('ok\n');
  });
});

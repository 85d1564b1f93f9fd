import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../fleet/database.ts';
import type { Database } from '../../fleet/database.ts';
import { migrate } from '../../fleet/migrate.ts';
import { MIGRATIONS } from '../../fleet/migrations/migrations.ts';
import { openFleet } from '../../fleet/open-fleet.ts';
import { onTiny, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { gate, openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;

/** What the page tells the owners of the database and of the tables to do. */
const page = readFileSync(join(import.meta.dirname, '../../docs/fleet.md'), 'utf8');
const [ofDatabase = '', ofTables = ''] = [...page.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, sql = '']) => sql);

const ROLES = ['owner', 'worker', 'submitter', 'reader'] as const;
type Role = (typeof ROLES)[number];

let urls: Readonly<Record<Role, string>>;
let databases: Readonly<Record<Role, Database>>;
let rig: TestFleet;

beforeAll(async () => {
  if (lacking) return;
  rig = await openTestFleet(async (postgres) => {
    const url = postgres.newDatabase();
    const asRole = (role: Role): string => url.replace('//ci@', `//contractor_${role}@`);
    urls = {
      owner: asRole('owner'),
      worker: asRole('worker'),
      submitter: asRole('submitter'),
      reader: asRole('reader'),
    };
    await ask(url, ofDatabase.replace('database ci', `database ${new URL(url).pathname.slice(1)}`));
    await (await openFleet(urls.owner))[Symbol.asyncDispose]();
    await ask(urls.owner, ofTables);
    return { worker: urls.worker, command: urls.submitter };
  });
  const [owner, worker, submitter, reader] = await Promise.all(
    ROLES.map(async (role) => await openDatabase(urls[role])),
  );
  databases = { owner: owner!, worker: worker!, submitter: submitter!, reader: reader! };
});
afterAll(async () => {
  if (databases !== undefined)
    await Promise.all(Object.values(databases).map(async (database) => await database.close()));
  await rig?.close();
});

async function ask(url: string, text: string): Promise<void> {
  const database = await openDatabase(url);
  await database.query(text);
  await database.close();
}

describe.skipIf(lacking)('[A-245] the rights that the page grants', () => {
  const asReader = {
    get url() {
      return urls.reader;
    },
  };
  let worker: Worker;

  test('are enough to hand in, build and look at', async () => {
    worker = rig.worker('one', 2, ['--labels', 'gpu']);
    await vi.waitFor(() => expect(worker.said()).toContain('builds for'));
    const file = join(rig.store.work, 'build.yaml');
    const projects = [
      project('base', [onTiny, shell('echo base > made'), publish('part')]),
      project('app', [onTiny, unpack('part')], { 'runs-on': 'gpu' }),
      project('bad', [onTiny, shell('echo why; exit 4')]),
    ];
    writeFileSync(file, JSON.stringify({ projects }));
    const built = await rig.command(['build', file, '--artifacts', rig.place, '-k']);
    expect(built.stderr).toBe('');
    expect(built.status).toBe(1);
    expect((await rig.command(['status'], asReader)).stdout).toMatch(/✓ app .*\n/);
    expect((await rig.command(['runs'], asReader)).stdout).toContain('failed');
    expect((await rig.command(['logs'], asReader)).stdout).toBe('why\n');
  });

  test('are enough to cancel, also when no worker is there, and not for whoever looks on', async () => {
    const run = await rig.submit([
      project('endless', [onTiny, shell(gate('never'))]),
      project('after', [onTiny], { 'depends-on': ['endless'] }),
    ]);
    await rig.running(run);
    const refused = await rig.command(['cancel', run], asReader);
    expect(refused.stderr).toContain('permission denied');
    expect((await rig.command(['cancel', run])).stdout).toBe(`Run ${run}: cancelled.\n`);
    // Also when nobody is there.
    await worker.kill();
    const left = await rig.submit([project('p', [onTiny, shell('true')])]);
    expect((await rig.command(['cancel', left])).stdout).toBe(`Run ${left}: cancelled.\n`);
  });

  test('are enough to take over what a lost worker had', async () => {
    const lost = rig.worker('two');
    await vi.waitFor(() => expect(lost.said()).toContain('builds for'));
    const taken = await rig.submit([project('taken', [onTiny, shell(gate('taken'))])]);
    await rig.running(taken);
    await lost.kill();
    const heir = rig.worker('three');
    await vi.waitFor(() => expect(heir.said()).toContain('builds for'));
    await rig.eventsUntil(taken, (event) => event.type === 'project-started' && event.seq > 4);
    await heir.open('taken');
    await rig.eventsUntil(taken, (event) => event.type === 'run-ended');
    await heir.end();
  });

  const denied = expect.objectContaining({ code: '42501' }) as unknown;
  const TABLES = [
    'runs',
    'projects',
    'events',
    'artifacts',
    'run_artifacts',
    'logs',
    'workers',
    'checkpoints',
    'queues',
    'pulse',
    'migrations',
  ];

  test.each([
    ...(['worker', 'submitter', 'reader'] as const).flatMap((role) => [
      ...['runs', 'projects', 'events', 'logs', 'artifacts', 'checkpoints'].map(
        (table) => [role, `delete from contractor.${table}`] as const,
      ),
      [role, `update contractor.runs set spec_text = ''`] as const,
      [role, `update contractor.projects set queue = 'x'`] as const,
      [role, `update contractor.events set seq = seq`] as const,
      [role, `update contractor.artifacts set digest = ''`] as const,
      [role, `update contractor.queues set runs_on = '{}'`] as const,
      [role, 'create table contractor.more (one integer)'] as const,
      [role, 'drop table contractor.logs'] as const,
      [role, 'alter table contractor.runs add column more text'] as const,
      [role, 'create schema more'] as const,
      [role, 'truncate contractor.logs'] as const,
      [role, 'create table contractor_queue.more (one integer)'] as const,
      [role, 'delete from contractor_queue.version'] as const,
      [role, 'insert into contractor.migrations values (1000)'] as const,
    ]),
    ...['worker', 'reader'].map((role) => [role as Role, `insert into contractor.projects default values`] as const),
    ...['worker', 'reader'].map((role) => [role as Role, `insert into contractor.runs default values`] as const),
    ['worker', 'update contractor.runs set cancel_requested_at = 1'],
    ['submitter', `update contractor.projects set holder = 'x'`],
    ['submitter', `update contractor.projects set attempt = 7`],
    ['submitter', `update contractor.projects set worker = 'x'`],
    ['submitter', `insert into contractor.logs default values`],
    ['submitter', `insert into contractor.workers default values`],
    ['submitter', `insert into contractor.checkpoints default values`],
    ['submitter', `update contractor.checkpoints set step = '{}'`],
    ['reader', `update contractor.pulse set looked_at = now()`],
    ['reader', `update contractor.runs set result = 'built'`],
    ['reader', `insert into contractor.events default values`],
    ['reader', `delete from contractor_queue.job`],
    ['reader', `update contractor_queue.job set data = '{}'`],
    ['reader', `insert into contractor_queue.queue default values`],
  ] as const)('leave it to others than the %s to %s', async (role, text) => {
    await expect(databases[role].query(text)).rejects.toEqual(denied);
  });

  test('let all look at all of it, and the owner alone bring it to a newer version', async () => {
    for (const role of ROLES) {
      for (const table of TABLES) await databases[role].query(`select * from contractor.${table} limit 1`);
    }
    const newer = [...MIGRATIONS, { sql: 'alter table contractor.runs add column more text' }];
    for (const role of ['worker', 'submitter', 'reader'] as const) {
      await expect(migrate(databases[role], newer)).rejects.toEqual(denied);
    }
    await migrate(databases.owner, newer);
  });
});

import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { openS3Server } from '../exchange/s3-server.ts';
import type { S3Server } from '../exchange/s3-server.ts';
import { keysIn } from '../supervisor/exchange/two-stores.ts';
import { onTiny, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { gate, inStore, openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
const DAY_MS = 86_400_000;
const ended = (event: BuildEvent): boolean => event.type === 'run-ended';
const RANDOM = 'cat /proc/sys/kernel/random/uuid > made; chmod 644 made';

describe.skipIf(lacking)('workers that share a bucket', () => {
  let rig: TestFleet;
  let server: S3Server;
  let workers: Worker[];

  beforeAll(async () => {
    server = await openS3Server('builds');
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
    rig = await openTestFleet(undefined, 's3://builds/of/workers');
    workers = [rig.worker('one'), rig.worker('two')];
  });
  afterAll(async () => {
    await rig?.close();
    vi.unstubAllEnvs();
    await server?.close();
  });

  test('[A-230] pass artifacts on through it; [A-232] no credentials get into steps, stores, the database or what they say', async () => {
    const run = await rig.submit([
      project('base', [onTiny, shell(`env; ${RANDOM}`), publish('part')]),
      project('app', [onTiny, unpack('part'), shell('cat made')]),
    ]);
    await rig.running(run); // Each part has a wait of its own: a busy host is slow at all of them.
    await rig.eventsUntil(run, (event) => event.type === 'artifact-published');
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(server.asked.some((line) => line.startsWith('PUT /builds/of/workers/artifacts/part/'))).toBe(true);
    const tables = await rig.fleet.database.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like 'contractor%'`,
    );
    for (const { name } of tables) {
      const rows = await rig.fleet.database.query<{ row: string }>(
        `select ${name === 'contractor.logs' ? "encode(bytes, 'escape')" : 't::text'} as row from ${name} t`,
      );
      expect(rows.filter(({ row }) => row.includes('S3RVER'))).toEqual([]);
    }
    for (const { store, said } of workers) {
      expect(said()).not.toContain('S3RVER');
      expect(await filesWith('S3RVER', store)).toBe('');
    }
  });

  test('[A-231] wait for it when it is away in the midst of a build, and go on', async () => {
    const run = await rig.submit([
      project('before', [onTiny, shell(`${gate('before')}; ${RANDOM}`), publish('before')]),
      project('after', [onTiny, unpack('before'), shell('cat made')]),
    ]);
    await rig.running(run);
    server.isAway = true;
    const [row] = await rig.fleet.database.query<{ worker_store: string }>(
      `select worker_store from contractor.projects where run = $1 and name = 'before'`,
      [run],
    );
    const builder = workers.find(({ store }) => store === row?.worker_store)!;
    await builder.open('before');
    await vi.waitFor(() => expect(builder.said()).toContain('the place of artifacts is away'));
    server.isAway = false;
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(builder.said()).toContain('the place of artifacts is back');
    const steps = events.flatMap((event) => (event.type === 'step-started' ? [`${event.project}:${event.step}`] : []));
    expect(steps).toEqual([...new Set(steps)]);
  });
});

/** In trees as whoever may read files of all their owners: root may anyway. */
async function filesWith(text: string, directory: string): Promise<string> {
  const grep = (...argv: string[]): string =>
    spawnSync('grep', ['-rlF', '--exclude-dir=layers', '-e', text, ...argv, directory], { encoding: 'utf8' }).stdout;
  if (process.getuid?.() === 0) return grep();
  return grep('--exclude-dir=trees') + (await inStore(directory, `grep -rlF -e '${text}' . || test $? = 1`));
}

describe.skipIf(lacking)('workers that share a directory', () => {
  let rig: TestFleet;

  beforeAll(async () => {
    rig = await openTestFleet();
  });
  afterAll(() => rig?.close());

  test('[A-231] find it again when they began while something else lay there', { timeout: 120_000 }, async () => {
    const first = rig.worker('first');
    const before = await rig.submit([project('before', [onTiny, shell(RANDOM), publish('before')])]);
    expect((await rig.eventsUntil(before, ended)).at(-1)).toMatchObject({ result: 'built' });
    await first.kill();
    renameSync(rig.place, `${rig.place}.away`);
    mkdirSync(rig.place);
    writeFileSync(join(rig.place, 'file'), ''); // Not empty: that would be refused at once.
    const second = rig.worker('second');
    await vi.waitFor(() => expect(second.said()).toContain('builds for'));
    rmSync(rig.place, { recursive: true });
    renameSync(`${rig.place}.away`, rig.place);
    const after = await rig.submit([
      project('after', [onTiny, shell(RANDOM), publish('after')]),
      project('last', [onTiny, unpack('after')]),
    ]);
    expect((await rig.eventsUntil(after, ended)).at(-1)).toMatchObject({ result: 'built' });
    expect(second.said()).not.toContain('away');
    await second.kill();
  });

  test('[A-233] keep in it what their runs need that have not ended, whoever prunes', async () => {
    const worker = rig.worker('one', 2);
    const make = (text: string): object =>
      project('make', [onTiny, shell(`echo ${text} > made; chmod 644 made`), publish('thing')]);
    const finished = async (text: string): Promise<void> =>
      void (await rig.eventsUntil(await rig.submit([make(text)]), ended));
    await finished('first');
    const unfinished = await rig.submit([
      make('second'),
      project('late', [onTiny, unpack('thing'), shell(gate('late'))]),
    ]);
    await rig.running(unfinished);
    await finished('third');
    const bills = (): string[] => keysIn(rig.place, 'artifacts');
    const then = new Date(Date.now() - 40 * DAY_MS);
    for (const key of keysIn(rig.place)) utimesSync(join(rig.place, key), then, then);
    const rows = await rig.fleet.database.query<{ version: number; digest: string }>(
      `select version, digest from contractor.artifacts where name = 'thing' order by version`,
    );
    const [first, second, third] = rows.map(({ digest }) => `artifacts/thing/${digest}`);
    expect(new Set(bills().filter((key) => key.includes('/thing/')))).toEqual(new Set([first, second, third]));

    const prune = ['artifact', 'prune', rig.place, '--keep-for', '30d', '--keep-versions', '1', '--settle', '0s'];
    const unasked = await rig.command(prune, { isHere: true });
    expect(unasked).toMatchObject({ status: 2, stdout: '' });
    expect(unasked.stderr).toMatch(
      /Runs that have not ended may need what is old.* used by `[^`]+`, which was not asked/,
    );
    expect(bills()).toContain(first);
    const pruned = await rig.command(prune);
    expect(pruned).toMatchObject({ status: 0, stderr: '' });
    expect(bills()).not.toContain(first);
    expect(bills()).toEqual(expect.arrayContaining([second, third]));
    await worker.open('late');
    expect((await rig.eventsUntil(unfinished, ended)).at(-1)).toMatchObject({ result: 'built' });
    expect((await rig.command(prune)).stdout).toContain(`thing@${second?.split('/')[2]?.slice(0, 12)}: forgotten`);
    expect(bills()).toContain(third);
  });
});

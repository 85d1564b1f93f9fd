import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openFleet } from '../../fleet/open-fleet.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import { allEvents } from '../../fleet/read-runs.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { postgresPrograms, startPostgres } from './postgres.ts';
import type { Postgres } from './postgres.ts';
import { contractor, eventsUntil, removeStore, startWorker, submit } from './workers.ts';
import type { Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
let postgres: Postgres;
let store: TestStore;
let fleet: Fleet;
let artifacts = '';
const workers: Worker[] = [];

beforeAll(async () => {
  if (lacking) return;
  [postgres, store] = await Promise.all([startPostgres(), openTestStore()]);
  artifacts = join(store.work, 'shared');
  mkdirSync(artifacts);
  fleet = await openFleet(postgres.url);
});

afterAll(async () => {
  for (const { child } of workers) child.kill('SIGCONT');
  await Promise.all(workers.map(async (worker) => await worker.end()));
  for (const directory of new Set(workers.map((worker) => worker.store))) await removeStore(directory);
  await fleet?.[Symbol.asyncDispose]();
  await postgres?.close();
  await store?.close();
});

const worker = (name: string, jobs?: number): Worker => {
  const given = {
    url: postgres.url,
    artifacts,
    store: join(store.work, name),
    ...(jobs === undefined ? {} : { jobs }),
  };
  const started = startWorker(given);
  workers.push(started);
  return started;
};

const place = (): Parameters<typeof submit>[1] => ({ fleet, store, artifacts });

const started =
  (step: string) =>
  (event: BuildEvent): boolean =>
    event.type === 'step-started' && event.step === step;
const ended = (event: BuildEvent): boolean => event.type === 'run-ended';
const typesOf = (events: readonly BuildEvent[]): string[] => events.map(({ type }) => type);

/** The last words of a build, without how long it took. */
const closing = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .slice(-3)
    .map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/\d+(\.\d+)?m?s\b/g, 'T'))
    .filter((line) => !line.includes('contractor'));

/** Every file that says what it is made of, and one that fails. */
const specification = (isGood: boolean): string =>
  JSON.stringify({
    projects: [
      project('base', [onTiny, shell('echo base > made; chmod 644 made'), publish('part')]),
      project('other', [onTiny, shell(isGood ? 'true' : 'echo why; exit 4'), shell('echo x > x'), publish('rest')]),
      project('app', [onTiny, unpack('part'), unpack('rest'), shell('cat made x > whole'), publish('whole')]),
    ],
  });

describe.skipIf(lacking)('workers that share a database', () => {
  test('[A-235] build a specification as one host does: the same digests, the same status, the same last words', async () => {
    const two = [worker('one'), worker('two')];
    for (const isGood of [true, false]) {
      const file = join(store.work, `build-${isGood}.yaml`);
      writeFileSync(file, specification(isGood));
      const local = await contractor('--store', store.store, 'build', file, '--no-cache', '-k');
      const shared = ['--database', postgres.url, '--store', store.store];
      const built = await contractor(...shared, 'build', file, '--artifacts', artifacts, '--no-cache', '-k');
      expect(built.stderr).toBe('');
      expect(built.status, built.stdout).toBe(isGood ? 0 : 1);
      expect(built.status).toBe(local.status);
      expect(closing(built.stdout)).toEqual(closing(local.stdout));
      if (!isGood) expect(built.stdout).toContain('│ why');
    }
    const found = await fleet.database.query('select name, version, digest from contractor.artifacts order by name');
    const here = store.supervisor.artifacts.list().map(({ name, version, digest }) => ({ name, version, digest }));
    expect(found).toEqual(here.toSorted((a, b) => a.name.localeCompare(b.name)));

    // What is looked at by the command line is what was told.
    const [newest] = await fleet.database.query<{ id: string }>(
      'select id from contractor.runs order by created_at desc',
    );
    const status = await contractor('--database', postgres.url, 'status', newest?.id ?? '');
    expect(status.stdout).toMatch(/failed/);
    const log = await contractor('--database', postgres.url, 'logs', `${newest?.id}:other:2`);
    expect(log.stdout).toBe('why\n');
    const runs = await contractor('--database', postgres.url, 'runs', '--json');
    expect((JSON.parse(runs.stdout) as { state: string }[]).map(({ state }) => state)).toEqual(['failed', 'built']);
    await Promise.all(two.map(async (each) => await each.end()));
  });

  test('[A-236] that die or are cut off are replaced, and what a cut-off one has made counts for nothing', async () => {
    const random = 'sleep 3; cat /proc/sys/kernel/random/uuid > made; chmod 644 made';
    const killed = worker('killed');
    const first = await submit(
      [
        project('early', [onTiny, shell('echo early > made'), publish('early')]),
        project('late', [onTiny, unpack('early'), shell(random), publish('late')]),
      ],
      place(),
    );
    await eventsUntil(fleet, first, started('3-shell'));
    const stopped = worker('stopped');
    const second = await submit([project('cut', [onTiny, shell(random), publish('cut')])], place());
    await eventsUntil(fleet, second, started('2-shell'));
    const gone = once(killed.child, 'exit');
    killed.child.kill('SIGKILL');
    stopped.child.kill('SIGSTOP');
    await gone;

    const heir = worker('heir', 2);
    const events = await eventsUntil(fleet, first, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    // Only what was cut off is done again.
    const begun = events.flatMap((event) => (event.type === 'project-started' ? [event.project] : []));
    expect(begun).toEqual(['early', 'late', 'late']);

    const before = await eventsUntil(fleet, second, ended);
    const versions = async (): Promise<object[]> =>
      await fleet.database.query(`select version, digest from contractor.artifacts where name = 'cut'`);
    const published = await versions();
    expect(published).toHaveLength(1);
    stopped.child.kill('SIGCONT');
    await vi.waitFor(() => expect(stopped.said()).toContain(`${second}:cut is not this worker's any more`));
    expect(await allEvents(fleet.database, second)).toEqual(before);
    expect(await versions()).toEqual(published);
    expect(typesOf(before).filter((type) => type === 'project-ended')).toHaveLength(1);
    await Promise.all([heir.end(), stopped.end()]);
  });

  test('[A-237] come back in time, and go on with the step that still runs', async () => {
    const again = worker('again');
    const run = await submit([project('long', [onTiny, shell('sleep 6; echo done > made'), publish('long')])], place());
    await eventsUntil(fleet, run, started('2-shell'));
    const gone = once(again.child, 'exit');
    again.child.kill('SIGKILL');
    await gone;
    const back = worker('again');
    const events = await eventsUntil(fleet, run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(typesOf(events)).toContain('step-adopted');
    expect(typesOf(events).filter((type) => type === 'step-started')).toHaveLength(3);
    await back.end();
  });

  test('[A-238] hold what they have built while the database is away, and report it', async () => {
    const holding = worker('holding');
    const run = await submit([project('held', [onTiny, shell('sleep 1'), publish('held')])], place());
    await eventsUntil(fleet, run, started('2-shell'));
    await postgres.crash();
    await vi.waitFor(() => expect(holding.said()).toContain('the database is away'));
    await postgres.start();
    const events = await eventsUntil(fleet, run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(typesOf(events).filter((type) => type === 'step-started')).toHaveLength(3);
    await holding.end();
  });

  test('[A-239] end what they build when the run is cancelled, and begin nothing more of it', async () => {
    const cancelling = worker('holding');
    const run = await submit(
      [
        project('endless', [onTiny, shell('sleep 600'), publish('endless')]),
        project('after', [onTiny, unpack('endless')]),
      ],
      place(),
    );
    await eventsUntil(fleet, run, started('2-shell'));
    const said = await contractor('--database', postgres.url, 'cancel', run);
    expect(said.stdout).toBe(`Run ${run}: cancelled.\n`);
    const events = await allEvents(fleet.database, run);
    expect(events.filter((event) => event.type === 'project-ended')).toMatchObject([
      { project: 'after', result: 'skipped' },
      { project: 'endless', result: 'cancelled' },
    ]);
    await cancelling.end();
  });

  test('[A-240] are handed nothing that only this host has', async () => {
    const file = join(store.work, 'local.yaml');
    writeFileSync(file, JSON.stringify({ projects: [project('p', [{ action: 'copy-source', path: 'x' }])] }));
    const refused = await contractor('--database', postgres.url, '--store', store.store, 'build', file);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('`p:1-copy-source` reads `x`. [NOT_TO_BE_SENT]');
    writeFileSync(file, JSON.stringify({ projects: [project('p', [onTiny, shell('true')])] }));
    const unsent = await contractor('--database', postgres.url, '--store', store.store, 'build', file);
    expect(unsent.stderr).toContain('makes `tiny`');
    expect(unsent.stderr).toContain('--artifacts');
  });
});

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { allEvents } from '../../fleet/read-runs.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { onTiny, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { gate, openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
let rig: TestFleet;

beforeAll(async () => {
  if (!lacking) rig = await openTestFleet();
});
afterAll(() => rig?.close());

const started =
  (step: string) =>
  (event: BuildEvent): boolean =>
    event.type === 'step-started' && event.step === step;
const ended = (event: BuildEvent): boolean => event.type === 'run-ended';
const countOf = (events: readonly BuildEvent[], type: string): number =>
  events.filter((event) => event.type === type).length;

/** How each project and the whole has ended, without how long it took. */
const closing = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/\d+(\.\d+)?m?s\b/g, 'T'))
    .filter((line) => !line.startsWith('→'))
    .filter((line, index, all) => /^\w+ {2}(built|failed|skipped|up to date)/.test(line) || index === all.length - 1)
    // Which of two projects ends first is chance.
    .toSorted();

const specification = JSON.stringify({
  projects: [
    project('base', [onTiny, shell('echo base > made; chmod 644 made'), publish('part')]),
    project('other', [onTiny, shell('echo why; exit 4'), publish('rest')]),
    project('app', [onTiny, unpack('part'), unpack('rest')]),
  ],
});

describe.skipIf(lacking)('workers that share a database', () => {
  let [one, two]: Worker[] = [];

  test('[A-235] build a specification as one host does: the same digests, the same status, the same last words', async () => {
    [one, two] = [rig.worker('one'), rig.worker('two')];
    const { database } = rig.fleet;
    const file = join(rig.store.work, 'build.yaml');
    writeFileSync(file, specification);
    for (const [projects, status] of [
      [['base'], 0],
      [[], 1],
    ] as const) {
      const line = ['build', file, ...projects, '--no-cache', '-k'];
      const local = await rig.command(line, { isHere: true });
      const built = await rig.command([...line, '--artifacts', rig.place]);
      expect(built.stderr).toBe('');
      expect(built.status).toBe(status);
      expect(local.status).toBe(status);
      expect(closing(built.stdout)).toEqual(closing(local.stdout));
      expect(built.stdout.includes('│ why')).toBe(status === 1);
    }
    const found = await database.query('select name, version, digest from contractor.artifacts order by name');
    const here = rig.store.supervisor.artifacts.list().map(({ name, version, digest }) => ({ name, version, digest }));
    expect(found).toEqual(here.toSorted((a, b) => a.name.localeCompare(b.name)));

    // What is looked at by the command line is what was told.
    const [newest] = await database.query<{ id: string }>('select id from contractor.runs order by created_at desc');
    expect((await rig.command(['status', newest?.id ?? ''])).stdout).toMatch(/failed/);
    expect((await rig.command(['logs', `${newest?.id}:other:2`])).stdout).toBe('why\n');
    const runs = JSON.parse((await rig.command(['runs', '--json'])).stdout) as { state: string }[];
    expect(runs.map(({ state }) => state)).toEqual(['failed', 'built']);
  });

  test('[A-236] that die or are cut off are replaced, and what a cut-off one has made counts for nothing', async () => {
    const { database } = rig.fleet;
    const random = 'cat /proc/sys/kernel/random/uuid > made; chmod 644 made';
    const first = await rig.submit([
      project('early', [onTiny, shell('echo early > made'), publish('early')]),
      project('late', [onTiny, unpack('early'), shell(`${gate('late')}; ${random}`), publish('late')]),
    ]);
    await rig.running(first);
    const second = await rig.submit([project('cut', [onTiny, shell(`${gate('cut')}; ${random}`), publish('cut')])]);
    await rig.running(second);
    const [row] = await database.query<{ worker_store: string }>(
      `select worker_store from contractor.projects where run = $1`,
      [second],
    );
    const [killed, stopped] = row?.worker_store === one!.store ? [two!, one!] : [one!, two!];
    await killed.kill();
    stopped.child.kill('SIGSTOP');

    const heir = rig.worker('heir', 2);
    const begunAgain = (events: readonly BuildEvent[]): boolean => countOf(events, 'project-started') === 2;
    await vi.waitFor(async () => expect(begunAgain(await allEvents(database, second))).toBe(true));
    await heir.open('late');
    await heir.open('cut');
    const events = await rig.eventsUntil(first, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    // Only what was cut off is done again.
    const begun = events.flatMap((event) => (event.type === 'project-started' ? [event.project] : []));
    expect(begun).toEqual(['early', 'late', 'late']);

    const before = await rig.eventsUntil(second, ended);
    const versions = async (): Promise<object[]> =>
      await database.query(`select version, digest from contractor.artifacts where name = 'cut'`);
    const published = await versions();
    expect(published).toHaveLength(1);
    await stopped.open('cut');
    stopped.child.kill('SIGCONT');
    await vi.waitFor(() => expect(stopped.said()).toContain(`${second}:cut is not this worker's any more`));
    expect(await allEvents(database, second)).toEqual(before);
    expect(await versions()).toEqual(published);
    expect(countOf(before, 'project-ended')).toBe(1);

    // The killed one finds what it has left, and ends it.
    await Promise.all([heir.end(), stopped.end()]);
    one = rig.worker(basename(killed.store));
    const left = createSupervisor({ store: one.store });
    await vi.waitFor(() => expect(left.runs()[0]?.state).toBe('cancelled'));
    await left.close();
  });

  test('[A-237] come back in time, and go on with the step that still runs', async () => {
    const run = await rig.submit([
      project('long', [onTiny, shell(`${gate('long')}; echo done > made`), publish('long')]),
    ]);
    await rig.running(run);
    await one!.kill();
    // As of a process that was killed when its run had ended, or had not begun.
    const left = join(one!.store, 'fleet/earlier-project');
    mkdirSync(left);
    writeFileSync(join(left, 'build.yaml'), 'projects: []');
    one = rig.worker(basename(one!.store));
    await rig.eventsUntil(run, (event) => event.type === 'step-adopted');
    expect(existsSync(left)).toBe(false);
    await one.open('long');
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(events.filter(started('2-shell'))).toHaveLength(1);
  });

  test('[A-238] hold what they have built while the database is away, and report it', async () => {
    const run = await rig.submit([project('held', [onTiny, shell(gate('held')), publish('held')])]);
    await rig.running(run);
    await rig.postgres.crash();
    await vi.waitFor(() => expect(one!.said()).toContain('the database is away'));
    await one!.open('held');
    const own = createSupervisor({ store: one!.store });
    await vi.waitFor(() => expect(own.artifacts.list().map(({ name }) => name)).toContain('held'));
    await own.close();
    await rig.postgres.start();
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(events.filter(started('2-shell'))).toHaveLength(1);
    expect(countOf(events, 'artifact-published')).toBe(1);
    // What only the worker has: where that is, is said.
    for (const words of [['shell'], ['logs', '--receipt']]) {
      const refused = await rig.command([...words, `${run}:held:2`]);
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain(`contractor --store ${one!.store} ${words.join(' ')}`);
    }
  });

  test('[A-239] end what they build when the run is cancelled, and begin nothing more of it', async () => {
    const file = join(rig.store.work, 'endless.yaml');
    const endless = project('endless', [onTiny, shell('sleep 6001'), publish('endless')]);
    writeFileSync(file, JSON.stringify({ projects: [endless, project('after', [onTiny, unpack('endless')])] }));
    // Who looks on and leaves does not end it.
    const { promise: listening, resolve } = Promise.withResolvers<() => void>();
    const looking = rig.command(['build', file, '--artifacts', rig.place, '--json'], { interrupt: resolve });
    const press = await listening;
    const run = await vi.waitFor(async () => {
      const [row] = await rig.fleet.database.query<{ id: string }>(
        'select id from contractor.runs where result is null',
      );
      return row!.id;
    });
    await rig.eventsUntil(run, started('2-shell'));
    press();
    expect(await looking).toMatchObject({ status: 130, stderr: expect.stringContaining(`run ${run} goes on`) });
    expect(countOf(await allEvents(rig.fleet.database, run), 'run-ended')).toBe(0);

    expect((await rig.command(['cancel', run])).stdout).toBe(`Run ${run}: cancelled.\n`);
    const events = await allEvents(rig.fleet.database, run);
    expect(events.filter((event) => event.type === 'project-ended')).toMatchObject([
      { project: 'after', result: 'skipped' },
      { project: 'endless', result: 'cancelled' },
    ]);
    await one!.end();
  });

  test('[A-240] are handed nothing that only this host has', async () => {
    const file = join(rig.store.work, 'local.yaml');
    writeFileSync(file, JSON.stringify({ projects: [project('p', [{ action: 'copy-source', path: 'x' }])] }));
    const refused = await rig.command(['build', file]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('`p:1-copy-source` reads `x`. [NOT_TO_BE_SENT]');
    writeFileSync(file, JSON.stringify({ projects: [project('p', [onTiny, shell('true')])] }));
    const unsent = await rig.command(['build', file]);
    expect(unsent.stderr).toContain('makes `tiny`');
    expect(unsent.stderr).toContain('--artifacts');
  });

  test('[A-240] do not begin where they could leave nothing for each other', async () => {
    const file = join(rig.store.work, 'file');
    writeFileSync(file, '');
    const refused = await rig.command(['worker', '--artifacts', join(file, 'place')]);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('[PLACE_UNUSABLE]');
    expect(refused.stdout).toBe('');
  });
});

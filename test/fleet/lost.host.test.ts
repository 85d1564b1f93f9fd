import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { allEvents } from '../../fleet/read-runs.ts';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { onTiny, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import { postgresPrograms } from './postgres.ts';
import { gate, openTestFleet } from './workers.ts';
import type { TestFleet, Worker } from './workers.ts';

const lacking = (await whatHostLacks()) !== '' || postgresPrograms() === undefined;
let rig: TestFleet;
let worker: Worker;

beforeAll(async () => {
  if (!lacking) rig = await openTestFleet();
});
afterAll(() => rig?.close());

const ended = (event: BuildEvent): boolean => event.type === 'run-ended';
const byChance = 'cat /proc/sys/kernel/random/uuid > made; chmod 644 made';
const publishedThenWaits = (name: string): object =>
  project(name, [onTiny, shell(byChance), publish(name), shell(gate(name))]);

async function versionsOf(name: string): Promise<object[]> {
  return await rig.fleet.database.query('select digest from contractor.artifacts where name = $1', [name]);
}

const publications = (events: readonly BuildEvent[]): object[] =>
  events.flatMap((event) => (event.type === 'artifact-published' ? [{ digest: event.digest }] : []));

describe.skipIf(lacking)('a worker that is lost', () => {
  test('[A-280] after it has left an artifact has published nothing: who takes over does', async () => {
    worker = rig.worker('first');
    const run = await rig.submit([publishedThenWaits('twice')]);
    await rig.running(run);
    await worker.kill();
    expect(await versionsOf('twice')).toEqual([]);
    worker = rig.worker('heir');
    const begunTwice = (events: readonly BuildEvent[]): boolean =>
      events.filter(({ type }) => type === 'project-started').length === 2;
    await vi.waitFor(async () => expect(begunTwice(await allEvents(rig.fleet.database, run))).toBe(true));
    await worker.open('twice');
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(publications(events)).toHaveLength(1);
    expect(await versionsOf('twice')).toEqual(publications(events));
  });

  test('[A-280] and comes back tells once of what it had left', async () => {
    const run = await rig.submit([publishedThenWaits('once')]);
    await rig.running(run);
    await worker.kill();
    worker = rig.worker(basename(worker.store));
    await rig.eventsUntil(run, (event) => event.type === 'step-adopted');
    await worker.open('once');
    const events = await rig.eventsUntil(run, ended);
    expect(events.at(-1)).toMatchObject({ result: 'built' });
    expect(publications(events)).toHaveLength(1);
    expect(await versionsOf('once')).toEqual(publications(events));
  });
});

describe.skipIf(lacking)('a place of artifacts whose file system is not mounted', () => {
  const away = (): string => `${rig.place}.away`;

  test('[A-280] is waited for, and takes nothing that would be hidden later', async () => {
    const run = await rig.submit([
      project('early', [onTiny, shell(gate('early')), publish('early')]),
      project('late', [unpack('early'), publish('late')]),
    ]);
    await rig.running(run);
    renameSync(rig.place, away());
    mkdirSync(rig.place);
    await worker.open('early');
    await vi.waitFor(() => expect(worker.said()).toContain('the place of artifacts is away'));
    rmdirSync(rig.place); // It would fail if anything had been left there.
    renameSync(away(), rig.place);
    expect((await rig.eventsUntil(run, ended)).at(-1)).toMatchObject({ result: 'built' });
  });

  test('[A-280] is not begun with, and nothing is handed in over it, where workers have left artifacts', async () => {
    renameSync(rig.place, away());
    mkdirSync(rig.place);
    const refused = await rig.command(['worker', '--artifacts', rig.place]);
    const handingIn = rig.submit([project('p', [onTiny, shell('true')])]);
    await expect(handingIn).rejects.toMatchObject({ code: 'PLACE_UNUSABLE' });
    rmdirSync(rig.place);
    renameSync(away(), rig.place);
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain('[PLACE_UNUSABLE]');
    expect(refused.stderr).toContain('is empty');
  });
});

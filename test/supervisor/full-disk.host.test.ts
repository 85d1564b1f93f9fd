import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ContractorError } from '../../index.ts';
import type { BuildEvent, Run } from '../../index.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { mountSmallDisk } from './small-disk.ts';
import type { SmallDisk } from './small-disk.ts';
import { onTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
const cannotRun = lacking !== '' || process.getuid?.() !== 0;
const COMMAND = join(import.meta.dirname, '../../cli/main.ts');
let disk: SmallDisk;
let store: TestStore;

beforeEach(async () => {
  if (cannotRun) return;
  disk = mountSmallDisk();
  store = await openTestStore(disk.directory);
  mkdirSync(join(store.work, 'source'));
  writeFileSync(join(store.work, 'source/file'), 'text');
});
afterEach(async () => {
  if (cannotRun) return;
  disk.remount('rw');
  disk.makeRoom();
  await store.close();
  disk.remove();
});

const steps = [
  onTiny,
  { action: 'copy-source', path: 'source' },
  shell('cat /bin/sh > copy; sleep 0.5'),
  shell('cat copy > another'),
  publish('made'),
];

async function begin(): Promise<Run> {
  return await store.supervisor.build(
    { value: { projects: [project('p', steps)] }, directory: store.work },
    { noCache: true },
  );
}

/** Calls `then` in the moment in which `step` begins, and gives what the run rejects with. */
async function brokenAt(run: Run, step: string, then: () => void): Promise<unknown> {
  const rejection = run.result.then(
    (result) => result,
    (error: unknown) => error,
  );
  for await (const event of run.events()) if (event.type === 'step-started' && event.step === step) then();
  return await rejection;
}

function ends(run: string): readonly (BuildEvent & { type: 'step-ended' })[] {
  return store.supervisor.events(run).filter((event) => event.type === 'step-ended');
}

/** That the run stopped and says how to go on, that nothing is left, and that it goes on when the store is mended. */
async function expectBrokenThenMended(run: Run, error: unknown, mend: () => void): Promise<void> {
  expect(error).toMatchObject({
    code: 'STORE_UNUSABLE',
    mend: expect.stringContaining(`\`contractor resume ${run.id}\``) as unknown,
  });
  expect(store.supervisor.run(run.id).state).toBe('interrupted');
  expect(ends(run.id).filter(({ outcome }) => outcome.type !== 'succeeded')).toEqual([]);
  expect(store.supervisor.events(run.id).filter(({ type }) => /project-ended|run-ended/.test(type))).toEqual([]);
  mend();
  const before = ends(run.id);
  const resumed = await store.supervisor.resume(run.id);
  expect(await resumed.result).toBe('built');
  expect(ends(run.id).slice(0, before.length)).toEqual(before);
  expect(store.supervisor.run(run.id).projects[0]?.steps.map(({ attempts }) => attempts.at(-1)?.outcome?.type)).toEqual(
    steps.map(() => 'succeeded'),
  );
  expect(await store.supervisor.artifacts.verify('made')).toMatchObject({ ok: true });
  expect(readdirSync(join(store.store, 'keepers'))).toEqual([]);
}

describe.skipIf(cannotRun)('a full disk, as root', () => {
  test.for(['fill', 'fillWithFiles'] as const)('[A-40] before a build refuses it with what to do: %s', async (fill) => {
    disk[fill]();
    await expect(begin()).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      mend: expect.stringMatching(/room/) as unknown,
    });
    disk.makeRoom();
    expect(await (await begin()).result).toBe('built');
  });

  test.for(['2-copy-source', '3-shell', '5-create-artifact'])(
    '[A-40] as %s begins stops the run, and resume finishes it when there is room',
    async (step) => {
      const run = await begin();
      const error = await brokenAt(run, step, () => disk.fill());
      expect(error).toBeInstanceOf(ContractorError);
      await expectBrokenThenMended(run, error, () => disk.makeRoom());
    },
  );

  test.for(['2-copy-source', '3-shell', '5-create-artifact'])(
    '[A-40] that can hold no more files as %s begins, too, though that can be recorded',
    async (step) => {
      const run = await begin();
      const error = await brokenAt(run, step, () => disk.fillWithFiles());
      expect(error).toBeInstanceOf(ContractorError);
      await expectBrokenThenMended(run, error, () => disk.makeRoom());
    },
  );

  test('[A-40] that a directory does not fit on stops the run in the midst of copying it, and never copies half of it', async () => {
    const big = join(store.work, 'source/big');
    writeFileSync(big, '');
    truncateSync(big, 100 << 20); // It takes no room itself.
    const run = await begin();
    const error = await brokenAt(run, '2-copy-source', () => undefined);
    expect(error).toBeInstanceOf(ContractorError);
    await expectBrokenThenMended(run, error, () => truncateSync(big, 1 << 20));
  });

  test('[A-40] when a step is about to be committed loses nothing of what it made', async () => {
    const run = await begin();
    const error = await brokenAt(run, '3-shell', () => setTimeout(() => disk.fill(), 300));
    await expectBrokenThenMended(run, error, () => disk.makeRoom());
    expect(store.supervisor.events(run.id).filter(({ type }) => type === 'step-adopted')).toHaveLength(1);
  });

  test('stops also projects that had not begun, without calling them skipped', async () => {
    const projects = ['a', 'b'].map((name) => project(name, [onTiny, shell('sleep 0.3')]));
    const run = await store.supervisor.build({ value: { projects } }, { jobs: 1, noCache: true });
    await brokenAt(run, '2-shell', () => disk.fill());
    disk.makeRoom();
    expect(store.supervisor.events(run.id).filter(({ type }) => type === 'project-ended')).toEqual([]);
    expect(await (await store.supervisor.resume(run.id)).result).toBe('built');
  });

  test('[A-41] that a step fills is the failure of the step, and its room is given back', async () => {
    const ended = await store.build([project('p', [onTiny, shell('cat /dev/zero > big || sleep 20')])]);
    expect(ended.result).toBe('failed');
    expect(
      ended.events.find(({ type, ...event }) => type === 'step-ended' && 'step' in event && event.step === '2-shell'),
    ).toMatchObject({
      outcome: { type: 'limit-hit', limit: 'disk-reserve' },
    });
    expect((await store.build([project('p', steps)])).result).toBe('built');
  });

  test('is told from a status that it does not keep from being shown, and from an import', async () => {
    const { id } = await store.build([project('p', [onTiny])]);
    const stopped = await begin();
    await brokenAt(stopped, '3-shell', () => disk.fill());
    expect(store.supervisor.run(id).state).toBe('built');
    expect(store.supervisor.runs().map(({ state }) => state)).toEqual(['interrupted', 'built']);
    await expect(store.supervisor.artifacts.importFrom('x', join(store.work, 'source'))).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
    });
  });

  test('[A-40] ends the command with status 3, and the command to go on with', async () => {
    writeFileSync(
      join(store.work, 'build.yaml'),
      JSON.stringify({ projects: [project('p', [onTiny, shell('sleep 0.2'), shell('cat /bin/sh > x')])] }),
    );
    const run = await begin();
    await brokenAt(run, '3-shell', () => disk.fill());
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, '--store', disk.directory, 'resume'], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 3,
      stderr: expect.stringMatching(new RegExp(`full.*STORE_UNUSABLE[^]*contractor resume ${run.id}`)) as unknown,
    });
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

describe.skipIf(cannotRun)('a read-only disk, as root', () => {
  test('[A-42] refuses to go on with a run, and changes nothing of it', async () => {
    const run = await begin();
    await brokenAt(run, '3-shell', () => disk.fill());
    disk.makeRoom();
    await store.supervisor.close();
    disk.remount('ro');
    const onReadOnly = createSupervisor({ store: disk.directory });
    await expect(onReadOnly.resume(run.id)).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      mend: expect.stringMatching(/writable/) as unknown,
    });
    await onReadOnly.close();
    disk.remount('rw');
    expect(await (await store.supervisor.resume(run.id)).result).toBe('built');
  });
});

describe.skipIf(lacking !== '' || process.getuid?.() === 0)(
  'a store that may not be written, as an ordinary user',
  () => {
    test('[A-42] is refused with what to do, and is as it was when it may be written again', async () => {
      const own = await openTestStore();
      try {
        const before = await own.build([project('p', [onTiny])]);
        await own.supervisor.close();
        chmodSync(own.store, 0o500);
        const spec = { value: { projects: [project('p', [onTiny])] } };
        await expect(own.supervisor.build(spec)).rejects.toMatchObject({
          code: 'STORE_UNUSABLE',
          mend: expect.stringMatching(/writable/) as unknown,
        });
        chmodSync(own.store, 0o700);
        expect(own.supervisor.runs().map(({ id }) => id)).toEqual([before.id]);
      } finally {
        chmodSync(own.store, 0o700);
        await own.close();
      }
    });
  },
);

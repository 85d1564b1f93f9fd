import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killedAt, keeperPids, killAll } from './killed-build.ts';
import { inTrees, onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
const COMMAND = join(import.meta.dirname, '../../cli/main.ts');
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

async function damaged(): Promise<object[]> {
  return (await store.supervisor.checkStore()).filter(({ state }) => state !== 'ok');
}

const made = (name: string, text: string) =>
  project(name, [onTiny, shell(`echo ${text} > file; chmod 644 file`), publish(name)]);

describe.skipIf(lacking !== '')('a damaged store', () => {
  test('[A-43] a sound one has nothing to mend', async () => {
    await store.build([made('sound', 'sound')]);
    const findings = await store.supervisor.checkStore();
    expect(findings.map(({ name, state }) => [name, state])).toEqual([
      ['database', 'ok'],
      ['layers', 'ok'],
      ['artifacts', 'ok'],
      ['provenance', 'ok'],
      ['leftovers', 'ok'],
    ]);
    expect(findings[4]?.found).toBe('none');
    await inTrees(store, 'mkdir layers/.new-nobody attempts/nobody artifacts/sound/nothing');
    expect((await store.supervisor.checkStore())[4]?.found).toMatch(/^3 of processes/);
    await inTrees(store, 'rmdir layers/.new-nobody attempts/nobody artifacts/sound/nothing');
  });

  test('[A-43] an artifact whose contents changed is found, forgotten when told to, and built anew', async () => {
    await store.build([made('flipped', 'right')]);
    const { digest } = store.supervisor.artifacts.show('flipped');
    await inTrees(store, `printf wrong > artifacts/flipped/${digest}/tree/file`);
    expect(await damaged()).toMatchObject([
      { name: 'flipped@1', state: 'damaged', mend: expect.stringContaining('doctor --store --mend') as unknown },
    ]);
    const { status } = spawnSync(process.execPath, [COMMAND, '--store', store.store, 'doctor', '--mend'], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(await damaged()).toEqual([]);
    expect(() => store.supervisor.artifacts.show('flipped')).toThrow(/no artifact/);
    expect((await store.build([made('flipped', 'right')])).result).toBe('built');
    expect(store.supervisor.artifacts.show('flipped')).toMatchObject({ version: 2, digest });
    expect(await store.supervisor.artifacts.verify('flipped')).toMatchObject({ ok: true });
  });

  test('what verify finds damaged is not used by what is published later', async () => {
    await store.build([made('pooled', 'pooled')]);
    const { digest } = store.supervisor.artifacts.show('pooled');
    await inTrees(store, `printf 'dooled\\n' > artifacts/pooled/${digest}/tree/file`);
    expect(await store.supervisor.artifacts.verify('pooled')).toMatchObject({ ok: false });
    await store.build([made('same', 'pooled')]);
    expect(await store.supervisor.artifacts.verify('same')).toMatchObject({ ok: true });
    await store.supervisor.checkStore({ mend: true });
  });

  test('[A-44] an artifact whose tree is gone is refused before it is used, and built anew after --mend', async () => {
    await store.build([made('gone', 'gone')]);
    await inTrees(store, 'rm -r artifacts/gone');
    const use = [onTiny, unpack('gone'), shell('cat file')];
    const refused = await store.build([project('use', use)]);
    expect(refused.result).toBe('failed');
    expect(refused.events).toContainEqual(
      expect.objectContaining({
        type: 'step-ended',
        outcome: expect.objectContaining({
          code: 'ARTIFACT_DAMAGED',
          mend: expect.stringContaining('doctor --store --mend') as unknown,
        }) as unknown,
      }),
    );
    expect((await store.supervisor.checkStore({ mend: true })).filter(({ state }) => state === 'mended')).toHaveLength(
      1,
    );
    expect((await store.build([made('gone', 'gone'), project('use', use)])).result).toBe('built');
  });

  test('[A-44] a lost layer stops the run before the step that needs it, and resume makes it again', async () => {
    const steps = [
      onTiny,
      shell('echo 1 >> log'),
      shell('echo 2 >> log; sleep 1'),
      shell('cat log'),
      publish('logged'),
    ];
    const run = await store.supervisor.build({ value: { projects: [project('p', steps)] } }, { noCache: true });
    const layers = join(store.store, 'trees/layers');
    const rejected = run.result.catch((error: unknown) => error);
    let lost = '';
    for await (const event of run.events()) {
      if (event.type !== 'step-started' || event.step !== '3-shell') continue;
      lost = store.supervisor.run(run.id).projects[0]?.steps[1]?.attempts[0]?.id ?? '';
      // The mount that runs keeps it; the next one will not find it.
      await inTrees(store, `mv layers/${lost} attempts/${lost}/away`);
    }
    expect(await rejected).toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining(lost) as unknown,
      mend: expect.stringContaining(`contractor resume ${run.id}`) as unknown,
    });
    expect(readdirSync(layers)).not.toContain(lost);
    expect(await damaged()).toMatchObject([
      { name: `layer ${lost}`, mend: expect.stringContaining(run.id) as unknown },
    ]);
    expect(await (await store.supervisor.resume(run.id)).result).toBe('built');
    expect(readFileSync(store.supervisor.logFile({ run: run.id, project: 'p', step: '4' }), 'utf8')).toBe('1\n2\n');
    expect(store.supervisor.run(run.id).projects[0]?.steps.map(({ attempts }) => attempts.length)).toEqual([
      1, 2, 2, 2, 1,
    ]);
    expect(await damaged()).toEqual([]);
  });

  test('[A-44] an artifact that the run itself made and that is lost is made again by resume', async () => {
    const projects = [
      made('early', 'early'),
      project('late', [onTiny, shell('sleep 2'), unpack('early'), shell('cat file')]),
    ];
    const run = await killedAt(store, {
      projects,
      step: '2-shell',
      meanwhile: async () => {
        await expect.poll(() => store.supervisor.artifacts.list().some(({ name }) => name === 'early')).toBe(true);
      },
    });
    killAll(keeperPids(store));
    await inTrees(store, 'rm -r artifacts/early');
    expect(await (await store.supervisor.resume(run)).result).toBe('built');
    expect(store.supervisor.artifacts.show('early').version).toBe(2);
    expect(await damaged()).toEqual([]);
  });

  test('a lost layer of a run that has ended is forgotten when told to', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('touch x')])]);
    const lost = store.supervisor.run(id).projects[0]?.steps[1]?.attempts[0]?.id ?? '';
    await inTrees(store, `rm -r layers/${lost}`);
    expect(await damaged()).toMatchObject([{ name: `layer ${lost}`, state: 'damaged' }]);
    expect((await store.supervisor.checkStore({ mend: true })).filter(({ state }) => state === 'mended')).toHaveLength(
      1,
    );
    expect(await damaged()).toEqual([]);
    expect(store.supervisor.run(id).state).toBe('built');
  });

  test('a running build keeps its artifacts, damaged or not', async () => {
    await store.build([made('held', 'held')]);
    const { digest } = store.supervisor.artifacts.show('held');
    const run = await store.supervisor.build({
      value: { projects: [project('p', [onTiny, unpack('held'), shell('sleep 98765')])] },
    });
    for await (const event of run.events()) {
      if (event.type !== 'step-started' || event.step !== '3-shell') continue;
      await inTrees(store, `printf 'dead\\n' > artifacts/held/${digest}/tree/file`);
      expect((await store.supervisor.checkStore({ mend: true })).filter(({ state }) => state !== 'ok')).toMatchObject([
        { name: 'held@1', state: 'damaged', mend: expect.stringContaining(run.id) as unknown },
      ]);
      run.cancel();
    }
    await run.result;
  });
});

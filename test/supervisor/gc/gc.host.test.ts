import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { clocksOf } from '../../../supervisor/clocks.ts';
import { removeDoomedTrees } from '../../../supervisor/gc/remove-doomed-trees.ts';
import { findIdMap } from '../../../sandbox/id-map.ts';
import { hostSandbox } from '../../../supervisor/sandbox.ts';
import { openStore } from '../../../store/open-store.ts';
import { onTiny, openTestStore, project, publish, shell, whatHostLacks } from '../test-store.ts';
import type { TestStore } from '../test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeEach(async () => {
  if (lacking === '') store = await openTestStore();
  return () => store?.close();
});

const made = (text: string): object[] => [project('p', [onTiny, shell(`echo ${text} > file; ls`), publish('made')])];

/** All that a policy may take. */
const NOTHING_BY_AGE = { keepVersions: 1, keepForMs: 0 };

const count = (folder: string): number => readdirSync(join(store.store, 'trees', folder)).length;

test.skipIf(lacking !== '')(
  '[A-160] old runs and versions go with their trees, and what is left is whole',
  async () => {
    const runs = [];
    for (const text of ['one', 'two', 'three']) runs.push(await store.build(made(text)));
    const before = { layers: count('layers'), attempts: count('attempts') };
    const dry = await store.supervisor.gc(NOTHING_BY_AGE, { dryRun: true });
    expect({ layers: count('layers'), attempts: count('attempts') }).toEqual(before);

    const report = await store.supervisor.gc(NOTHING_BY_AGE);

    expect(report.runs).toEqual(runs.slice(0, 2).map(({ id }) => id));
    expect(report.artifacts.map(({ name, version }) => `${name}@${version}`)).toEqual(['made@2', 'made@1']);
    expect(dry).toMatchObject({ runs: report.runs, artifacts: report.artifacts, layers: report.layers });
    expect(report.freedBytes).toBeGreaterThan(0);
    expect(dry.freedBytes).toBe(report.freedBytes);
    expect(store.supervisor.runs().map(({ id }) => id)).toEqual([runs[2]?.id]);
    expect(store.supervisor.artifacts.list().map(({ name, version }) => `${name}@${version}`)).toEqual([
      'made@3',
      'tiny@1',
    ]);
    expect(runs[2]?.log('p', '2-shell')).toContain('file');
    expect(await store.supervisor.artifacts.verify('made')).toMatchObject({
      ok: true,
      provenance: { state: 'intact' },
    });
    expect((await store.supervisor.checkStore()).filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(count('layers')).toBe(1);
    expect(readdirSync(join(store.store, 'trees/artifacts/made'))).toHaveLength(1);
    expect((await store.supervisor.gc(NOTHING_BY_AGE)).freedBytes).toBe(0);
  },
);

const versions = (): string[] => store.supervisor.artifacts.list().map(({ name, version }) => `${name}@${version}`);

test.skipIf(lacking !== '')('[A-161] what is kept stays whole, and goes when it is released', async () => {
  const { supervisor } = store;
  const runs = [];
  for (const text of ['one', 'two', 'three']) runs.push(await store.build(made(text)));
  const [first] = runs;
  expect(supervisor.keepRun(first?.id)).toMatchObject({ id: first?.id, isKept: true });
  expect(supervisor.artifacts.keep('made@2')).toMatchObject({ version: 2, isKept: true });
  await expect(supervisor.artifacts.remove('made@2')).rejects.toMatchObject({ code: 'ARTIFACT_IN_USE' });

  await supervisor.gc({ ...NOTHING_BY_AGE, maxSizeBytes: 1 });

  expect(supervisor.runs().map(({ id, isKept }) => [id, isKept])).toEqual([
    [runs[2]?.id, undefined],
    [first?.id, true],
  ]);
  // The first version is one that the kept run has made.
  expect(versions()).toEqual(['made@3', 'made@2', 'made@1', 'tiny@1']);
  expect(first?.log('p', '2-shell')).toContain('file');
  supervisor.keepRun(first?.id, { release: true });
  supervisor.artifacts.keep('made@2', { release: true });
  await supervisor.gc(NOTHING_BY_AGE);
  expect(versions()).toEqual(['made@3', 'tiny@1']);
  expect(supervisor.runs()).toHaveLength(1);
});

test.skipIf(lacking !== '')(
  '[A-165] a tree that is removed right before a build would record it once more is made again',
  async () => {
    await store.build(made('same'));
    const records = openStore(store.store);
    const { runTreeJob } = hostSandbox;
    let removed = 0;
    Object.assign(hostSandbox, {
      runTreeJob: async (...given: Parameters<typeof runTreeJob>) => {
        const result = await runTreeJob(...given);
        if (given[0].type !== 'publish' || removed++ > 0) return result;
        const found = records.findArtifact('made');
        const nothing = { runs: [], attempts: [], unkeyed: [], layers: [] };
        const doomed = [`artifacts/made/${found?.digest}`];
        records.forget({ ...nothing, artifacts: [{ name: 'made', version: 1 }], doomed }, 1);
        await removeDoomedTrees({ store: records, sandbox: hostSandbox, idMap: findIdMap, ...clocksOf() });
        return result;
      },
    });
    try {
      expect((await store.build(made('same'), { fresh: true })).result).toBe('built');
    } finally {
      Object.assign(hostSandbox, { runTreeJob });
      records.close();
    }
    expect(removed).toBe(2);
    expect(versions()).toEqual(['made@2', 'tiny@1']);
    expect(await store.supervisor.artifacts.verify('made')).toMatchObject({ ok: true });
  },
);

test.skipIf(lacking !== '')(
  '[A-167] a store with a policy is made smaller after a build that passes its limit, and only then',
  async () => {
    const { supervisor } = store;
    const once = async (text: string) => {
      const run = await supervisor.build({ value: { projects: made(text) }, directory: store.work });
      await run.result;
      return await run.collected;
    };
    expect(await once('one')).toBeUndefined();
    supervisor.setAutomaticGc({ ...NOTHING_BY_AGE, maxSizeBytes: 1_000_000_000 });
    expect(await once('two')).toMatchObject({ isDryRun: false, artifacts: [{ name: 'made', version: 1 }] });
    expect(await once('three')).toBeUndefined();
    supervisor.setAutomaticGc({ ...NOTHING_BY_AGE, maxSizeBytes: 1 });
    const report = await once('four');
    expect(report?.artifacts).toMatchObject([{ version: 3 }, { version: 2 }]);
    // What is left may not go: it is not looked for again after each build.
    expect(report?.sizeBytes).toBeGreaterThan(1);
    expect(await once('four')).toBeUndefined();
    supervisor.setAutomaticGc(undefined);
    expect(supervisor.automaticGc()).toBeUndefined();
  },
);

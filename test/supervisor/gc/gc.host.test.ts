import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
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
  'old runs and versions go with their trees, and what is left is whole [A-160]',
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
    expect((await store.supervisor.checkStore()).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(count('layers')).toBe(1);
    expect(readdirSync(join(store.store, 'trees/artifacts/made'))).toHaveLength(1);
    expect((await store.supervisor.gc(NOTHING_BY_AGE)).freedBytes).toBe(0);
  },
);

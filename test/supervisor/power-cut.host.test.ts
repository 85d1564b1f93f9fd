import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { keeperPids, killAll, killedAt } from './killed-build.ts';
import { inTrees, onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

/** The objects with exactly this text. */
function objectsWith(text: string): string[] {
  const objects = join(store.store, 'trees/objects');
  return readdirSync(objects, { recursive: true, encoding: 'utf8' })
    .map((name) => join(objects, name))
    .filter((path) => statSync(path).isFile() && readFileSync(path, 'utf8') === text);
}

/** The records as they are before a flush of what makes this artifact: on a busy host there may have been one. */
function neverFlushed(artifact: string): void {
  const database = new DatabaseSync(join(store.store, 'contractor.db'));
  database.exec(`UPDATE attempts SET durable = 0 WHERE ended_at IS NOT NULL AND run = (SELECT id FROM runs ORDER BY rowid DESC LIMIT 1);
    UPDATE artifact_versions SET durable = 0 WHERE name = '${artifact}'`);
  database.close();
}

describe.skipIf(lacking !== '')('after a power cut', () => {
  test('[A-36] what had not reached the disk is built again, and a torn file is never believed', async () => {
    const make = project('make', [onTiny, shell('echo precious > file; chmod 644 file'), publish('made')]);
    const use = project('use', [onTiny, unpack('made'), shell('cat file; sleep 2')]);
    const run = await killedAt(store, {
      projects: [make, use],
      step: '3-shell',
      meanwhile: (id) => vi.waitFor(() => expect(readFileSync(logOf(id), 'utf8')).toBe('precious\n')),
    });
    killAll(keeperPids(store));
    neverFlushed('made');
    const { version } = store.supervisor.artifacts.show('made');
    // The names have reached the disk, the contents have not.
    const torn = objectsWith('precious\n');
    expect(torn).toHaveLength(1);
    for (const path of torn) await inTrees(store, `: > '${relative(join(store.store, 'trees'), path)}'`);
    const lost = execFileSync('find', [join(store.store, 'trees/layers'), '-mindepth', '1', '-maxdepth', '1'], {
      encoding: 'utf8',
    });
    expect(lost).not.toBe('');

    await aBoot();
    const rebooted = createSupervisor({ store: store.store, bootId: 'after the cut' });
    try {
      expect(rebooted.artifacts.list().map(({ name }) => name)).toEqual(['tiny']);
      const resumed = await rebooted.resume(run);
      expect(await resumed.result).toBe('built');
      expect(rebooted.artifacts.show('made').version).toBe(version + 1);
      expect(await rebooted.artifacts.verify('made')).toMatchObject({ ok: true });
      expect(await rebooted.artifacts.verify('tiny')).toMatchObject({ ok: true });
    } finally {
      await rebooted.close();
    }
    for (const layer of lost.trim().split('\n')) expect(existsSync(layer)).toBe(false);
  });

  test('what a finished run has made is there, and is not built again', async () => {
    const before = await store.build([project('p', [onTiny, shell('echo safe > file'), publish('safe')])]);
    expect(before.result).toBe('built');
    const rebooted = createSupervisor({ store: store.store, bootId: 'after another' });
    try {
      expect(rebooted.run(before.id).state).toBe('built');
      expect(rebooted.artifacts.show('safe').version).toBe(1);
      expect(await rebooted.artifacts.verify('safe')).toMatchObject({ ok: true });
    } finally {
      await rebooted.close();
    }
  });

  test('files that nobody wrote into the store are left to those who live', async () => {
    const mine = join(store.store, 'trees/layers/.new-mine');
    writeFileSync(mine, '');
    const rebooted = createSupervisor({ store: store.store, bootId: 'a third' });
    try {
      await aBoot();
      rebooted.runs(); // The boot is noted; what changes from here on is of this boot.
      writeFileSync(mine, 'again');
      expect(await (await rebooted.build({ value: { projects: [project('p', [onTiny])] } })).result).toBe('built');
      expect(existsSync(mine)).toBe(true);
    } finally {
      await rebooted.close();
    }
  });
});

function logOf(run: string): string {
  return store.supervisor.logFile({ run, project: 'use', step: '3' });
}

/** What was written before a boot is older than what is written after it by more than the kernel's clock of files can tell. */
async function aBoot(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 150));
}

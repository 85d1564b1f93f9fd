import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgramIfAny } from '../../sandbox/programs.ts';
import { lockFileText } from '../../supervisor/package-lock.ts';
import { readSpecFile } from '../../supervisor/spec-source.ts';
import type { BuildOptions } from '../../supervisor/supervisor.ts';
import { startPackageServer } from './package-server.ts';
import type { PackageServer } from './package-server.ts';
import { openTestStore, project, publish, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();

describe.skipIf(lacking !== '' || findProgramIfAny('gpg') === undefined)('a locked build', () => {
  let top: string;
  let server: PackageServer;
  let store: TestStore;
  let file: string;

  beforeAll(async () => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-packages-')));
    server = await startPackageServer(top);
    store = await openTestStore();
    file = join(store.work, 'build.yaml');
    const bootstrap = {
      ...{ action: 'debootstrap', suite: 'sid', variant: 'essential', mirror: server.mirror },
      ...{ key: server.mirrorKey.armour, packages: ['tool'] },
      repositories: [{ url: server.repository, suite: 'stable', key: server.key.armour }],
    };
    const steps = [{ action: 'empty-workspace' }, bootstrap, publish('system')];
    writeFileSync(file, JSON.stringify({ projects: [project('system', steps)] }));
  }, 400_000);
  afterAll(async () => {
    if (lacking !== '') return;
    server.close();
    await store.close();
    rmSync(top, { recursive: true, force: true });
  });

  const build = async (options: BuildOptions = {}) => {
    const run = await store.supervisor.build(readSpecFile(file), { fresh: true, ...options });
    const result = await run.result;
    const end = store.supervisor.events(run.id).findLast(({ type }) => type === 'step-ended');
    const log = readFileSync(
      store.supervisor.logFile({ run: run.id, project: 'system', step: '2-debootstrap' }),
      'utf8',
    );
    return { result, outcome: end?.type === 'step-ended' ? end.outcome : undefined, log };
  };
  const expectBuilt = ({ result, outcome, log }: Awaited<ReturnType<typeof build>>): void => {
    expect({ result, outcome, log }).toEqual({ result: 'built', outcome: { type: 'succeeded' }, log });
  };
  const version = (): string | undefined =>
    store.supervisor.artifacts.show('system').packages?.find(({ name }) => name === 'tool')?.version;

  test('[A-179] installs what was locked although there is something newer, and says what is not there any more', async () => {
    await expect(store.supervisor.lock(readSpecFile(file))).rejects.toThrow(
      expect.objectContaining({ code: 'LOCK_UNFIT' }),
    );
    const [old, newer] = [
      { name: 'tool', version: '1' },
      { name: 'tool', version: '2' },
    ];
    server.offer([old]);
    expectBuilt(await build());
    const { path, lock } = await store.supervisor.lock(readSpecFile(file));
    expect(lock.steps[0]?.packages).toContainEqual(
      expect.objectContaining({ name: 'tool', version: '1', origin: server.repository }),
    );
    writeFileSync(path, lockFileText(lock));
    expect(await store.supervisor.checkLock(readSpecFile(file))).toEqual(lock);

    server.offer([old, newer]);
    expectBuilt(await build());
    expect(version()).toBe('1');

    server.offer([newer]);
    expect(await build()).toMatchObject({
      result: 'failed',
      outcome: { type: 'failed', hint: expect.stringContaining('tool 1 is not there any more: there is 2') },
    });
    expectBuilt(await build({ lock: false }));
    expect(version()).toBe('2');

    // The same version, and another file.
    server.offer([{ ...old, fields: { Section: 'other' } }]);
    expect(await build()).toMatchObject({
      outcome: { hint: expect.stringMatching(/tool 1 \S+ is another file than the one that was locked/) },
    });
  }, 300_000);
});

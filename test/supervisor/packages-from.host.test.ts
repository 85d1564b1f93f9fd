import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgramIfAny } from '../../sandbox/programs.ts';
import { startPackageServer } from './package-server.ts';
import type { PackageServer } from './package-server.ts';
import { openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { Ended, TestStore } from './test-store.ts';

const lacking = await whatHostLacks();

/** Makes a package that nobody but its builder may read. */
const makePackage = (version: string): string => `
mkdir -p p/DEBIAN p/usr/bin out
printf 'Package: tool\\nVersion: ${version}\\nArchitecture: all\\nMaintainer: x\\nDescription: x\\n' >p/DEBIAN/control
printf '#!/bin/sh\\necho tool ${version}\\n' >p/usr/bin/tool
chmod 755 p p/DEBIAN p/usr p/usr/bin p/usr/bin/tool
dpkg-deb -Zgzip --root-owner-group --build p out/tool_${version}_all.deb
chmod 600 out/*.deb
`;

describe.skipIf(lacking !== '' || findProgramIfAny('gpg') === undefined)('a package that a project built', () => {
  let top: string;
  let server: PackageServer;
  let store: TestStore;

  beforeAll(async () => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-packages-')));
    server = await startPackageServer(top);
    store = await openTestStore();
    await store.build([project('base', [{ action: 'empty-workspace' }, bootstrap(), publish('base')])]);
    await store.build([makeDebs('1')]);
  }, 400_000);
  afterAll(async () => {
    if (lacking !== '') return;
    server.close();
    await store.close();
    rmSync(top, { recursive: true, force: true });
  });

  const bootstrap = (more: object = {}): object => ({
    ...{ action: 'debootstrap', suite: 'sid', variant: 'essential', mirror: server.mirror },
    ...{ key: server.mirrorKey.armour, ...more },
  });
  const on = (name: string): object => ({
    action: 'create-systree',
    'artifact-name': name,
    'container-name': 'c',
  });
  const makeDebs = (version: string): object =>
    project('tool', [
      ...[on('base'), { action: 'empty-workspace' }, shell(makePackage(version))],
      publish('debs', { directory: 'out' }),
    ]);
  const installs = (more: object): object =>
    project('installs', [
      { action: 'empty-workspace' },
      bootstrap({ packages: ['tool'], ...more }),
      publish('with-tool'),
    ]);
  const uses = project('uses', [on('with-tool'), shell('tool')]);
  const expectBuilt = ({ result, log, events }: Ended): void => {
    const ends = events.filter(({ type }) => type === 'step-ended' || type === 'project-ended');
    const text = log('installs', '2-debootstrap');
    expect({ result, text, ends }).toEqual({ result: 'built', text, ends });
  };
  const toolOf = (): unknown =>
    store.supervisor.artifacts.show('with-tool').packages?.find(({ name }) => name === 'tool');

  test('[A-177] is installed by the next from its artifact, and used by a third', async () => {
    const ended = await store.build([makeDebs('2'), installs({ 'packages-from': ['debs'] }), uses]);
    expectBuilt(ended);
    expect(ended.log('uses', '2-shell')).toContain('tool 2');
    expect(toolOf()).toMatchObject({ version: '2', origin: 'artifact:debs' });
    const tree = store.supervisor.artifacts.show('with-tool').treePath;
    expect(readdirSync(join(tree, 'etc/apt/sources.list.d'))).not.toContainEqual(expect.stringContaining('artifacts'));
    const { inputs } = await store.supervisor.receipt({ run: ended.id, project: 'installs', step: '2-debootstrap' });
    expect(inputs.artifact).toBe(store.supervisor.artifacts.show('debs').digest);
  }, 400_000);

  test('[A-178] is signed into a repository, installed from there by the next, and used by a third', async () => {
    await store.supervisor.artifacts.exportTo('debs@1', join(top, 'repository/pool/'));
    server.offerFiles(['tool_1_all.deb']);
    const repositories = [{ url: server.repository, suite: 'stable', key: server.key.armour }];
    const ended = await store.build([installs({ repositories }), uses]);
    expectBuilt(ended);
    expect(ended.log('uses', '2-shell')).toContain('tool 1');
    expect(toolOf()).toMatchObject({ version: '1', origin: server.repository });
    const url = server.repository.replace('http://', '');
    expect(
      readFileSync(
        join(store.supervisor.artifacts.show('with-tool').treePath, 'etc/apt/sources.list.d/0000repositories.sources'),
        'utf8',
      ),
    ).toContain(url);
  }, 400_000);

  test('an artifact without packages is told to have none', async () => {
    await store.supervisor.artifacts.importFrom('nothing', store.work);
    const ended = await store.build([installs({ 'packages-from': ['nothing', 'debs'] })]);
    const outcome = { type: 'failed', hint: expect.stringContaining('the artifact nothing has no file *.deb') };
    expect(ended.events).toContainEqual(
      expect.objectContaining({ type: 'step-ended', outcome: expect.objectContaining(outcome) }),
    );
  }, 400_000);

  test('an artifact whose file is no package is told for that', async () => {
    writeFileSync(join(store.work, 'x.deb'), 'no package');
    await store.supervisor.artifacts.importFrom('broken', store.work);
    const ended = await store.build([installs({ 'packages-from': ['broken'] })]);
    const outcome = { hint: expect.stringContaining('broken/x.deb is no package') };
    expect(ended.events).toContainEqual(
      expect.objectContaining({ type: 'step-ended', outcome: expect.objectContaining(outcome) }),
    );
  }, 400_000);
});

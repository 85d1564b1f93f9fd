import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSupervisor } from '../../../supervisor/create-supervisor.ts';
import type { WatchOptions } from '../../../supervisor/supervisor.ts';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from '../test-store.ts';
import type { TestStore } from '../test-store.ts';
import { Watching, writeSpec } from './watching.ts';

const lacking = await whatHostLacks();

const copy = (path: string, keys: object = {}): object => ({ action: 'copy-source', path, ...keys });
const sources = (script: string, keys: object = {}): object =>
  project('sources', [onTiny, copy('source', keys), shell(script)]);

describe.skipIf(lacking !== '')('a watch', () => {
  let store: TestStore;
  let watching: Watching | undefined;
  const source = (name: string): string => join(store.work, 'source', name);
  const log = (name: string, step: string): string =>
    readFileSync(store.supervisor.logFile({ run: store.supervisor.run().id, project: name, step }), 'utf8');
  const begin = (projects: readonly object[], options: WatchOptions = {}): Watching =>
    (watching = new Watching(store, projects, options));

  beforeEach(async () => {
    store = await openTestStore();
    mkdirSync(source('deep/er'), { recursive: true });
    writeFileSync(source('a'), 'one');
  });
  afterEach(async () => {
    await watching?.close();
    watching = undefined;
    await store.close();
  });

  test('[A-195] builds again when a file of a source changes, is made, moved or removed, on any level', async () => {
    const watch = begin([sources('cat a deep/er/*')]);
    await watch.until('watch-idle');
    expect(watch.take()).toEqual([
      'sources 1-create-systree: it was not built before',
      'ran sources/1-create-systree',
      'ran sources/2-copy-source',
      'ran sources/3-shell',
      'failed',
      'idle: 0 current, 1 failed, 0 held',
    ]);
    writeFileSync(source('deep/er/b'), 'two');
    await watch.until('watch-idle');
    expect(watch.take()).toEqual([
      'changed file b',
      'sources 2-copy-source: the files that it copies changed',
      'ran sources/2-copy-source',
      'ran sources/3-shell',
      'built',
      'idle: 1 current, 0 failed, 0 held',
    ]);
    mkdirSync(source('new'));
    renameSync(source('deep'), source('new/deep'));
    renameSync(source('new'), source('deep'));
    await watch.until('build-needed');
    await watch.until('watch-idle');
    watch.take();
    writeFileSync(source('deep/deep/er/b'), 'three');
    await watch.until('watch-idle');
    expect(watch.take()[0]).toBe('changed file b');
    rmSync(source('deep'), { recursive: true });
    mkdirSync(source('deep/er'), { recursive: true });
    writeFileSync(source('deep/er/c'), 'four');
    await watch.until('watch-idle');
    expect(log('sources', '3')).toBe('onefour');
  });

  test('[A-196] builds nothing when a change is taken back, only times change, or it is one of what is left out', async () => {
    const watch = begin([sources('cat a', { exclude: ['*.swp'] })]);
    await watch.until('watch-idle');
    watch.take();
    writeFileSync(source('a'), 'other');
    writeFileSync(source('a'), 'one');
    await watch.until('watch-idle');
    writeFileSync(source('.a.swp'), 'of an editor');
    rmSync(source('.a.swp'));
    writeFileSync(join(store.work, 'beside'), 'of no interest');
    writeFileSync(source('b'), 'new');
    rmSync(source('b'));
    await watch.until('watch-idle');
    expect(watch.take()).toEqual([
      'changed file a',
      'idle: 1 current, 0 failed, 0 held',
      'changed file b',
      'idle: 1 current, 0 failed, 0 held',
    ]);
  });

  test('[A-197] goes on when the specification is wrong or gone for a moment, and builds what is changed in it', async () => {
    const watch = begin([project('one', [onTiny, shell('echo 1')]), project('two', [onTiny, shell('echo 2')])]);
    await watch.until('watch-idle');
    watch.take();
    writeFileSync(join(store.work, 'build.yaml'), 'projects: [');
    await watch.until('watch-refused');
    rmSync(join(store.work, 'build.yaml'));
    await watch.until('watch-refused');
    writeSpec(store.work, [project('one', [onTiny, shell('echo 1')]), project('two', [onTiny, shell('echo 3')])]);
    await watch.until('watch-idle');
    expect(watch.take()).toEqual([
      'changed specification build.yaml',
      'refused SPEC_INVALID',
      'changed specification build.yaml',
      'refused SPEC_UNREADABLE',
      'changed specification build.yaml',
      'two 2-shell: its `shell` changed',
      'ran two/2-shell',
      'built',
      'idle: 2 current, 0 failed, 0 held',
    ]);
  });

  test('[A-198] builds again when another process publishes an artifact that is used, or a commit is made', async () => {
    const repository = join(store.work, 'repository');
    const git = (...words: string[]): void =>
      void execFileSync('git', ['-C', repository, '-c', 'user.name=x', '-c', 'user.email=x@y', ...words]);
    mkdirSync(repository);
    git('init', '--quiet', '--initial-branch=main');
    git('commit', '--quiet', '--allow-empty', '-m', 'one');
    const other = createSupervisor({ store: store.store });
    try {
      mkdirSync(join(store.work, 'import'));
      writeFileSync(join(store.work, 'import/made'), '1');
      await other.artifacts.importFrom('made', join(store.work, 'import'));
      const watch = begin([
        project('user', [onTiny, unpack('made'), shell('cat made')]),
        project('clone', [onTiny, { action: 'git', url: './repository', ref: 'main' }, shell('ls -a')]),
      ]);
      await watch.until('watch-idle');
      watch.take();
      writeFileSync(join(store.work, 'import/made'), '2');
      await other.artifacts.importFrom('made', join(store.work, 'import'));
      await watch.until('watch-idle');
      expect(watch.take()).toEqual([
        'changed artifact made',
        'user 2-unpack-artifact: `made` changed: version 1 → version 2',
        'ran user/2-unpack-artifact',
        'ran user/3-shell',
        'built',
        'idle: 2 current, 0 failed, 0 held',
      ]);
      git('commit', '--quiet', '--allow-empty', '-m', 'two');
      await watch.until('watch-idle');
      const told = watch.take();
      expect(told[0]).toBe('changed repository repository');
      expect(told[1]).toMatch(/^clone 2-git: the commit behind its `ref` changed: /);
      expect(told.slice(2)).toEqual([
        'ran clone/2-git',
        'ran clone/3-shell',
        'built',
        'idle: 2 current, 0 failed, 0 held',
      ]);
    } finally {
      await other.close();
    }
  });

  test('[A-199] loses no change that comes during a build, and with `restart` begins anew for it', async () => {
    const slow = sources('cat a; while ! test -e go; do sleep 0.1; test -e wait || exit 0; done');
    writeFileSync(source('wait'), '');
    const watch = begin([slow], { restart: true });
    await watch.until('step-started');
    await watch.until('step-started');
    await watch.until('step-started');
    watch.take();
    rmSync(source('wait'));
    await watch.until('watch-idle');
    const told = watch.take();
    expect(told.slice(0, 2)).toEqual(['restarted', 'cancelled']);
    expect(told.at(-1)).toBe('idle: 1 current, 0 failed, 0 held');
    expect(log('sources', '3')).toBe('one');
  });

  test('killed with -9 during a build, takes the step that runs over when it is begun again', async () => {
    const projects = [project('long', [onTiny, copy('source'), shell('echo begun; sleep 8; echo ended')])];
    writeSpec(store.work, projects);
    const child = spawn(process.execPath, [join(import.meta.dirname, 'watch-in-child.ts'), store.store, store.work], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) if (line === 'step-started 3-shell') break;
    await vi.waitFor(() => expect(log('long', '3')).toBe('begun\n'));
    child.kill('SIGKILL');
    await exited;
    const watch = begin(projects);
    await watch.until('step-adopted');
    await watch.until('watch-idle');
    expect(watch.take().filter((line) => line.startsWith('ran'))).toEqual([]);
    expect(log('long', '3')).toBe('begun\nended\n');
  });

  test('leaves no hint, watch, timer or memory behind, however often something changes', async () => {
    writeFileSync(source('b'), 'two');
    const watch = begin([sources('cat a')]);
    await watch.until('watch-idle');
    const handles = (): number => process.getActiveResourcesInfo().length;
    const before = handles();
    for (let times = 0; times < 20; times += 1) {
      // Only its times: it is looked at, and nothing is built.
      utimesSync(source('b'), times, times);
      await watch.until('watch-idle');
      watch.take();
    }
    expect(handles()).toBeLessThan(before + 5);
  });

  test('builds what failed only when something changes that it is made of, or a person asks', async () => {
    const watch = begin([
      project('bad', [onTiny, copy('source'), shell('cat missing'), publish('bad')]),
      project('uses-bad', [onTiny, unpack('bad')]),
      project('good', [onTiny, copy('other'), shell('cat x')]),
    ]);
    mkdirSync(join(store.work, 'other'));
    writeFileSync(join(store.work, 'other/x'), '1');
    await watch.until('watch-idle');
    expect(watch.take().at(-1)).toBe('idle: 1 current, 1 failed, 1 held');
    writeFileSync(join(store.work, 'other/x'), '2');
    await watch.until('watch-idle');
    expect(watch.take().filter((line) => line.startsWith('ran'))).toEqual([
      'ran good/2-copy-source',
      'ran good/3-shell',
    ]);
    watch.again();
    await watch.until('watch-idle');
    expect(watch.take().filter((line) => line.startsWith('ran'))).toEqual(['ran bad/3-shell']);
    writeFileSync(source('missing'), '');
    await watch.until('watch-idle');
    expect(watch.take().at(-1)).toBe('idle: 3 current, 0 failed, 0 held');
  });
});

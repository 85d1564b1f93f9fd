import { execFileSync } from 'node:child_process';
import { chmodSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

const make = (name: string, text: string): object =>
  project(name, [
    onTiny,
    shell(`mkdir out; echo ${text} > out/file; ln -s file out/link`),
    publish(name, { directory: 'out' }),
  ]);

test.skipIf(lacking !== '')('an empty workspace makes an artifact, and can be unpacked', async () => {
  const { result, log } = await store.build([
    project('empty', [{ action: 'empty-workspace' }, publish('nothing')]),
    project('p', [onTiny, unpack('nothing'), shell('ls -A; echo end')]),
  ]);
  expect(result).toBe('built');
  expect(log('p', '3')).toBe('end\n');
});

describe.skipIf(lacking !== '')('artifacts', () => {
  test('[A-18] have a new version only when the tree is another', async () => {
    await store.build([make('same', 'one')]);
    await store.build([make('same', 'one')]);
    expect(store.supervisor.artifacts.show('same').versions).toEqual([1]);
    await store.build([make('same', 'two')]);
    expect(store.supervisor.artifacts.show('same').versions).toEqual([2, 1]);
  });

  test('unpack at the top of the workspace and into a directory', async () => {
    const built = await store.build([
      make('parts', 'part'),
      project('use', [
        onTiny,
        unpack('parts'),
        unpack('parts', { directory: 'a/b' }),
        shell('cat file a/b/file; readlink a/b/link; touch a/b/new'),
      ]),
    ]);
    expect(built.result).toBe('built');
    expect(built.log('use', '4')).toBe('part\npart\nfile\n');
  });

  test.for(['it.tar', 'it.tar.zst'])('[A-19] come back the same from an export to %s', async (name) => {
    await store.build([make(`of-${name}`, 'far')]);
    const to = join(store.work, name);
    await store.supervisor.artifacts.exportTo(`of-${name}`, to);
    await expect(store.supervisor.artifacts.exportTo(`of-${name}`, to)).rejects.toMatchObject({ code: 'USAGE' });
    expect(await store.supervisor.artifacts.importFrom(`of-${name}`, to)).toMatchObject({ version: 1, isNew: false });
  });

  test('are exported to a directory', async () => {
    await store.build([make('plain', 'far')]);
    await store.supervisor.artifacts.exportTo('plain', join(store.work, 'directory/'));
    // Where no directory can be made, that is said.
    await expect(store.supervisor.artifacts.exportTo('plain', '/proc/none/')).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('The directory `/proc/none/` cannot be made'),
    });
    expect(readFileSync(join(store.work, 'directory/link'), 'utf8')).toBe('far\n');
  });

  test('are verified against what they were', async () => {
    await store.build([make('watched', 'true')]);
    expect(await store.supervisor.artifacts.verify('watched')).toEqual({
      ok: true,
      problems: [],
      provenance: { state: 'intact', problems: [] },
    });
  });

  // The files are other users' for anyone but root.
  test.skipIf(process.getuid?.() !== 0)('are told from what somebody wrote into them, as root', async () => {
    await store.build([make('watched', 'false')]);
    const [file = ''] = globSync(join(store.supervisor.artifacts.show('watched').treePath, 'file'));
    chmodSync(file, 0o644);
    writeFileSync(file, 'lie!\n');
    expect(await store.supervisor.artifacts.verify('watched')).toMatchObject({ ok: false });
  });

  test('are removed, but not while an unfinished run uses them', async () => {
    mkdirSync(join(store.work, 'held'));
    writeFileSync(join(store.work, 'held/only-here'), 'no run has made this');
    await store.supervisor.artifacts.importFrom('held', join(store.work, 'held'));
    const use = [onTiny, unpack('held'), shell('sleep 98764')];
    const run = await store.supervisor.build({ value: { projects: [project('use', use)] } });
    for await (const event of run.events()) {
      if (event.type !== 'step-started' || event.step !== '3-shell') continue;
      await expect(store.supervisor.artifacts.remove('held')).rejects.toMatchObject({ code: 'ARTIFACT_IN_USE' });
      run.cancel();
    }
    await run.result;
    expect(await store.supervisor.artifacts.remove('held')).toEqual({ freedBytes: 20 });
    expect(() => store.supervisor.artifacts.show('held')).toThrow(/no artifact `held`/);
  });
});

describe.skipIf(lacking !== '')('sources', () => {
  test('are copied as they are now, without what is excluded', async () => {
    mkdirSync(join(store.work, 'source/node_modules'), { recursive: true });
    writeFileSync(join(store.work, 'source/main.c'), 'uncommitted\n');
    writeFileSync(join(store.work, 'source/main.o'), '');
    const copy = { action: 'copy-source', path: 'source', directory: 'in', exclude: ['node_modules', '*.o'] };
    const built = await store.build([project('p', [onTiny, copy, shell('ls -A in; cat in/main.c; touch in/mine')])]);
    expect(built.result).toBe('built');
    expect(built.log('p', '3')).toBe('main.c\nuncommitted\n');
  });

  test.for(['main', 'v1', 'commit'])('[A-21] are cloned at a %s, and no hook runs', async (name) => {
    const repository = join(store.work, `repository-${name}`);
    const git = (...argv: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', '-C', repository, ...argv], {
        encoding: 'utf8',
      }).trim();
    mkdirSync(repository);
    git('init', '--quiet', '--initial-branch=main');
    writeFileSync(join(repository, 'file'), 'one\n');
    git('add', '.');
    git('commit', '--quiet', '--message=one');
    git('tag', 'v1');
    const commit = git('rev-parse', 'HEAD');
    writeFileSync(join(repository, 'file'), 'two\n');
    git('commit', '--quiet', '--all', '--message=two');
    writeFileSync(join(repository, '.git/hooks/post-checkout'), '#!/bin/sh\ntouch /workspace/HOOK\n', { mode: 0o755 });
    const step = {
      action: 'git',
      url: `./repository-${name}`,
      ref: name === 'commit' ? commit : name,
      directory: 'src',
    };
    const built = await store.build([project('p', [onTiny, step, shell('cat src/file; ls')])]);
    expect(built.result).toBe('built');
    expect(built.log('p', '3')).toBe(name === 'main' ? 'two\nsrc\n' : 'one\nsrc\n');
  });
});

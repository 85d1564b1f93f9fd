import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { flakyServer } from '../flaky-server.ts';
import type { FlakyServer } from '../flaky-server.ts';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from '../test-store.ts';
import type { TestStore } from '../test-store.ts';
import { Watching } from './watching.ts';

const lacking = await whatHostLacks();
const POLL_MS = 250;

describe.skipIf(lacking !== '')('a watch of a repository on a server', () => {
  let store: TestStore;
  let server: FlakyServer;
  let watching: Watching | undefined;

  beforeAll(async () => {
    store = await openTestStore();
    mkdirSync(join(store.work, 'repository'));
    git('init', '--quiet', '--initial-branch=main');
    commit('first');
    server = await flakyServer(store.work);
  });
  afterEach(async () => {
    await watching?.close();
    watching = undefined;
  });
  afterAll(async () => {
    server?.close();
    await store?.close();
  });

  function git(...argv: string[]): void {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.test'];
    execFileSync('git', [...identity, '-C', join(store.work, 'repository'), ...argv]);
  }
  function commit(text: string): void {
    writeFileSync(join(store.work, 'repository/file'), text);
    git('add', '.');
    git('commit', '--quiet', `--message=${text}`);
    git('update-server-info'); // what a server of plain files is asked for
  }
  /** A project that clones, one that takes what it makes, and one that has nothing to do with either. */
  async function begin(): Promise<Watching> {
    const url = `${server.url}/repository/.git`;
    const projects = [
      project('clones', [
        onTiny,
        { action: 'git', url, ref: 'main', retries: 0 },
        shell('rm -r .git'),
        publish('files'),
      ]),
      project('uses', [onTiny, unpack('files'), shell('cat file')]),
      project('apart', [onTiny, shell('echo apart')]),
    ];
    watching = new Watching(store, projects, { pollMs: POLL_MS, longestMs: 150_000 });
    await watching.until('watch-idle');
    expect(watching.take().at(-1)).toBe('idle: 3 current, 0 failed, 0 held');
    return watching;
  }
  /** Resolves when the server was asked so often again. */
  async function asked(times: number): Promise<void> {
    const before = server.askedAt.length;
    await vi.waitFor(() => expect(server.askedAt.length).toBeGreaterThanOrEqual(before + times));
  }

  test('[A-250] builds what a new commit on its branch reaches, and nothing for one on another branch', async () => {
    const watch = await begin();
    git('switch', '--quiet', '--create', 'other');
    commit('elsewhere');
    await asked(8); // each poll asks for two files
    expect(watch.take()).toEqual([]);
    git('switch', '--quiet', 'main');
    commit('second');
    await watch.until('watch-idle');
    const [change, cause, ...rest] = watch.take();
    expect(change).toBe('changed outside .git'); // the end of the address
    expect(cause).toMatch(/^clones 2-git: the commit behind its `ref` changed: /);
    expect(rest).toEqual([
      ...['ran clones/2-git', 'ran clones/3-shell', 'ran clones/4-create-artifact'],
      ...['ran uses/2-unpack-artifact', 'ran uses/3-shell', 'built'],
      'idle: 3 current, 0 failed, 0 held',
    ]);
  });

  test('[A-251] asks a server that is away less and less often, says so once, and builds what is new when it is back', async () => {
    const watch = await begin();
    server.fail('refuses', 1000);
    const before = server.askedAt.length;
    commit('while it was away');
    await vi.waitFor(() => expect(server.askedAt.length).toBeGreaterThanOrEqual(before + 4));
    const [first = 0, ...later] = server.askedAt.slice(before, before + 4);
    const waits = later.map((at, index) => at - (later[index - 1] ?? first));
    // A poll may be a tenth early, so that many who watch do not ask at once.
    const parts = waits.map((wait, index) => wait / (POLL_MS * 2 ** (index + 1)));
    expect(Math.min(...parts)).toBeGreaterThanOrEqual(0.9);
    const told = watch.events.filter(({ type }) => type === 'asking-failed');
    expect(told).toMatchObject([{ asked: [expect.stringContaining('the commit of main in http')] }]);
    expect(watch.take()).toEqual(['idle: 3 current, 0 failed, 0 held']);
    server.fail('refuses', 0);
    await watch.until('step-ended');
    await watch.until('watch-idle');
    expect(watch.events.filter(({ type }) => type === 'asking-failed')).toMatchObject([{ asked: [] }]);
    expect(watch.take().filter((line) => line.startsWith('ran'))).toEqual([
      ...['ran clones/2-git', 'ran clones/3-shell', 'ran clones/4-create-artifact'],
      ...['ran uses/2-unpack-artifact', 'ran uses/3-shell'],
    ]);
  });
});

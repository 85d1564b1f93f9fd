import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flakyServer } from './flaky-server.ts';
import type { FlakyServer, Flaw } from './flaky-server.ts';
import { killedAt } from './killed-build.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let server: FlakyServer;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  makeRepository(join(store.work, 'repository'));
  server = await flakyServer(store.work);
});
afterAll(async () => {
  server?.close();
  await store?.close();
});

/** One that is served as plain files, what git calls dumb HTTP. */
function makeRepository(directory: string): void {
  const git = (...argv: string[]): void => {
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', '-C', directory, ...argv]);
  };
  mkdirSync(directory);
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(directory, 'file'), 'fetched\n');
  git('add', '.');
  git('commit', '--quiet', '--message=one');
  git('update-server-info');
}

/** Clones from the server and shows what came. */
function fetching(keys: object = {}): readonly object[] {
  const clone = { action: 'git', url: `${server.url}/repository/.git`, ref: 'main', directory: 'src', ...keys };
  return [project('p', [onTiny, clone, shell('cat src/file')])];
}

function attemptsOf(run: string) {
  return store.supervisor.run(run).projects[0]?.steps[1]?.attempts ?? [];
}

describe.skipIf(lacking !== '')('a step that fetches', () => {
  // One flaw is for the question that comes before the step. git asks by the ref first and for everything second: with one
  // more the second fetch goes well, without the ref.
  test.for<[Flaw, number]>([
    ['refuses', 3],
    ['drops', 2],
  ])('[A-23] is tried again after a wait where the server %s %i times', async ([flaw, count]) => {
    server.fail(flaw, count);
    const built = await store.build(fetching());
    const [first, second, ...more] = attemptsOf(built.id);
    expect(first?.outcome).toMatchObject({ type: 'failed', temporary: true });
    expect(built.result).toBe('built');
    expect(built.log('p', '3')).toBe('fetched\n');
    expect([second?.outcome?.type, more]).toEqual(['succeeded', []]);
    const until = (first?.endedAt ?? 0) + 2_000;
    expect(built.events.filter(({ type }) => type === 'step-waiting')).toMatchObject([{ attempt: 2, until }]);
    expect(second?.startedAt).toBeGreaterThanOrEqual(until);
  });

  test.for<[Flaw, object]>([
    ['lacks', {}],
    ['refuses', { retries: 0 }],
  ])('is not tried again where the server %s it, with %j', async ([flaw, keys]) => {
    server.fail(flaw, 5);
    const built = await store.build(fetching(keys));
    expect(built.result).toBe('failed');
    expect(attemptsOf(built.id)).toHaveLength(1);
    expect(built.events.findLast(({ type }) => type === 'step-ended')).toMatchObject({ next: 'end' });
  });

  test('waits for what is left of the wait when the build was killed in it and is resumed', async () => {
    server.fail('refuses', 3);
    const id = await killedAt(store, { projects: fetching(), step: 'waiting' });
    expect(await (await store.supervisor.resume(id)).result).toBe('built');
    const [first, second] = attemptsOf(id);
    expect(second?.startedAt).toBeGreaterThanOrEqual((first?.endedAt ?? 0) + 2_000);
    const waits = store.supervisor.events(id).flatMap((event) => (event.type === 'step-waiting' ? [event.until] : []));
    expect(new Set(waits)).toEqual(new Set([(first?.endedAt ?? 0) + 2_000]));
  });

  test('is cancelled while it waits, without beginning another attempt', async () => {
    server.fail('refuses', 3);
    const run = await store.supervisor.build({ value: { projects: fetching() }, directory: store.work });
    for await (const event of run.events()) if (event.type === 'step-waiting') run.cancel();
    expect(await run.result).toBe('cancelled');
    expect(attemptsOf(run.id).map(({ outcome }) => outcome?.type)).toEqual(['failed']);
  });
});

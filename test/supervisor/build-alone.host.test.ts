import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let tiny = '';

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  tiny = store.supervisor.artifacts.show('tiny').digest;
});
afterAll(() => store?.close());

const make = (content: string): object => project('make', [onTiny, shell(`echo ${content} > made`), publish('part')]);
const use = project('use', [onTiny, unpack('part'), shell('cat made'), publish('whole')]);

describe.skipIf(lacking !== '')('a project that is built alone', () => {
  test('takes the version that is given, older than the newest, and has no maker built', async () => {
    await store.build([make('one')]);
    const { digest } = store.supervisor.artifacts.show('part');
    await store.build([make('two')]);
    const options = { projects: ['use'], given: { part: digest, tiny }, noCache: false };

    const first = await store.build([make('three'), use], options);
    expect(first.result).toBe('built');
    expect(first.log('use', '3-shell')).toContain('one');
    expect(first.events.filter(({ type }) => type === 'project-started')).toHaveLength(1);
    expect(store.supervisor.artifacts.show('part').version).toBe(2);
    const made = store.supervisor.artifactsOfRun(first.id);
    expect(made).toContainEqual({ name: 'part', version: 1, digest });
    expect(made.map(({ name }) => name)).toEqual(['part', 'tiny', 'whole']);

    // With the same it is up to date, and still of the same; the newest is another thing.
    const again = await store.build([make('three'), use], options);
    expect(again.events.map(({ type }) => type)).toEqual(['run-started', 'run-ended']);
    expect(store.supervisor.artifactsOfRun(again.id)).toEqual(made);
  });

  test('is refused where what it takes is not given, or not in the store', async () => {
    const refused = async (options: object): Promise<unknown> =>
      await store.build([make('four'), use], options).then(
        () => 'built',
        (error: unknown) => (error as { code: string }).code,
      );
    expect(await refused({ projects: ['use'], given: { tiny } })).toBe('ARTIFACT_UNKNOWN');
    expect(await refused({ projects: ['use'], given: { tiny, part: '0'.repeat(64) } })).toBe('ARTIFACT_UNKNOWN');
    expect(await refused({ given: { tiny } })).toBe('USAGE');
  });
});

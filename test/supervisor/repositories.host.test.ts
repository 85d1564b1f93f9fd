import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgramIfAny } from '../../sandbox/programs.ts';
import { releaseDate } from '../actions/small-repository.ts';
import { causeText } from '../../supervisor/assess/cause-text.ts';
import { startPackageServer } from './package-server.ts';
import type { PackageServer } from './package-server.ts';
import { openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { Ended, TestStore } from './test-store.ts';
import { Watching } from './watch/watching.ts';

const lacking = await whatHostLacks();
const DAY_MS = 24 * 60 * 60 * 1000;

describe.skipIf(lacking !== '' || findProgramIfAny('gpg') === undefined)('a repository beside the mirror', () => {
  let top: string;
  let server: PackageServer;
  let store: TestStore;

  beforeAll(async () => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-packages-')));
    server = await startPackageServer(top);
    store = await openTestStore();
    mkdirSync(join(store.work, 'keys'));
    writeFileSync(join(store.work, 'keys/own.asc'), server.key.armour);
    writeFileSync(join(top, 'ring.gpg'), Buffer.concat([server.otherKey.binary, server.key.binary]));
  }, 400_000);
  afterAll(async () => {
    if (lacking !== '') return;
    server.close();
    await store.close();
    rmSync(top, { recursive: true, force: true });
  });

  const bootstrap = (repository: object, more: object = {}): object => ({
    ...{ action: 'debootstrap', suite: 'sid', variant: 'essential', mirror: server.mirror },
    ...{ key: server.mirrorKey.armour, packages: ['tool'] },
    repositories: [{ url: server.repository, suite: 'stable', ...repository }],
    ...more,
  });
  const build = async (step: object): Promise<Ended> =>
    await store.build([project('system', [{ action: 'empty-workspace' }, step, publish('system')])], { fresh: true });
  const expectBuilt = ({ result, log }: Ended): void => {
    const text = log('system', '2-debootstrap');
    expect({ result, text }).toEqual({ result: 'built', text });
  };
  const refusalOf = ({ events }: Ended): unknown =>
    events.findLast(({ type }) => type === 'step-ended' || type === 'step-waiting');

  test('[A-172] is installed from when its key signs it: from a file, a text, or a keyring by fingerprint', async () => {
    server.offer([{ name: 'tool', version: '1.5' }]);
    // The mirror has its key as a text, and the builds below a file.
    expectBuilt(await build(bootstrap({ key: server.key.fingerprint, keyring: join(top, 'ring.gpg') })));
    const { packages = [] } = store.supervisor.artifacts.show('system');
    expect(packages.find(({ name }) => name === 'tool')).toMatchObject({ version: '1.5', origin: server.repository });
    expect(packages.find(({ name }) => name === 'base-files')).toMatchObject({ origin: server.mirror });
  }, 400_000);

  test('[A-173] is refused with the key that signs it when that is another one', async () => {
    server.offer([{ name: 'tool' }], { signedBy: server.otherKey });
    const ended = await build(bootstrap({ key: 'keys/own.asc' }));
    expect(ended.result).toBe('failed');
    expect(refusalOf(ended)).toMatchObject({
      outcome: {
        type: 'refused',
        code: 'REPOSITORY_REFUSED',
        message: expect.stringMatching(
          new RegExp(
            `signed by the key [0-9A-F]*${server.otherKey.fingerprint.slice(-16)}, .*${server.key.fingerprint}`,
          ),
        ),
      },
    });
  }, 400_000);

  test('[A-173] is refused when it is not signed, has expired, or is not there', async () => {
    const cases = [
      [{ signedBy: null }, /is not signed, and has to be by the key/],
      [{ fields: { 'Valid-Until': releaseDate(Date.now() - DAY_MS) } }, /no longer valid \(invalid since/],
      [{ fields: { Date: releaseDate(Date.now() + DAY_MS) } }, /from the future/],
    ] as const;
    for (const [options, message] of cases) {
      server.offer([{ name: 'tool' }], options);
      expect(refusalOf(await build(bootstrap({ key: 'keys/own.asc' })))).toMatchObject({
        outcome: { type: 'refused', code: 'REPOSITORY_REFUSED', message: expect.stringMatching(message) },
      });
    }
    const missing = await build(bootstrap({ key: 'keys/own.asc', suite: 'nowhere' }));
    expect(refusalOf(missing)).toMatchObject({ outcome: { message: expect.stringMatching(/is not there/) } });
  }, 400_000);

  test('[A-173] is refused when it offers an older list than before, unless that is said to be right', async () => {
    server.offer([{ name: 'tool' }], { fields: { Date: releaseDate(Date.now() - DAY_MS) } });
    expect(refusalOf(await build(bootstrap({ key: 'keys/own.asc' })))).toMatchObject({
      outcome: {
        type: 'refused',
        code: 'REPOSITORY_REFUSED',
        message: expect.stringMatching(/offers a list .* set back/),
      },
    });
    expectBuilt(await build(bootstrap({ key: 'keys/own.asc', 'allow-older': true })));
  }, 400_000);

  test('[A-174] without a signature is installed from only when that is said', async () => {
    server.offer([{ name: 'tool', version: '2' }], { signedBy: null });
    const ended = await build(bootstrap({ trusted: true }));
    expectBuilt(ended);
    expect(ended.events[0]).toMatchObject({
      type: 'run-started',
      unsigned: [{ project: 'system', step: '2-debootstrap', source: `${server.repository} stable main` }],
    });
    const receipt = await store.supervisor.receipt({ run: ended.id, project: 'system', step: '2-debootstrap' });
    expect(receipt.inputs.resolved).toContainEqual(
      expect.objectContaining({
        uri: `deb:${server.repository}`,
        annotations: expect.objectContaining({ trusted: 'without a signature' }),
      }),
    );
  }, 400_000);

  test('[A-175] what is preferred is installed, also when it is older', async () => {
    server.offer([{ name: 'probe', version: '0.5' }]);
    const version = (): string | undefined =>
      store.supervisor.artifacts.show('system').packages?.find(({ name }) => name === 'probe')?.version;
    const pin = [{ package: 'probe', pin: 'version 0.5', priority: 1001 }]; // the mirror has 1
    expectBuilt(await build(bootstrap({ key: 'keys/own.asc' }, { packages: ['probe'], pin })));
    expect(version()).toBe('0.5');
  }, 400_000);

  /** As in the design note: a system tree, and a project that is built in it. */
  const note = (packages: readonly string[]): readonly object[] => [
    project('build-system', [
      { action: 'empty-workspace' },
      bootstrap({ key: 'keys/own.asc' }, { packages }),
      publish('noted'),
    ]),
    project('hello', [
      { action: 'create-systree', 'artifact-name': 'noted', 'container-name': 'c' },
      shell('echo hello'),
    ]),
  ];
  const ofSystem = ['1-empty-workspace', '2-debootstrap', '3-create-artifact'].map((step) => `build-system/${step}`);
  const stepsOf = ({ events }: Pick<Ended, 'events'>): string[] =>
    events.flatMap((event) => (event.type === 'step-started' ? [`${event.project}/${event.step}`] : []));
  /** An offer of the same packages, and of one more that nobody installs. */
  const offerMore = (version: string, tool = '1'): void =>
    server.offer([{ name: 'tool', version: tool }, { name: 'more' }, { name: 'other', version }]);

  test('[A-151] has the tree and its user built when `packages` gain an entry, and the tree alone when its lists changed', async () => {
    offerMore('1');
    const built = async (packages: readonly string[]): Promise<string[]> => {
      const ended = await store.build(note(packages), { noCache: false });
      expect(ended.result).toBe('built');
      return stepsOf(ended);
    };
    await built(['tool']);
    expect(await built(['tool'])).toEqual([]);
    const more = { value: { projects: note(['tool', 'more']) }, directory: store.work };
    const { projects: states } = await store.supervisor.outOfDate(more);
    expect(states.map((state) => (state.type === 'stale' ? causeText(state.because) : state.type))).toEqual([
      'its `packages` gained `more`',
      'waits',
    ]);
    const hello = ['hello/1-create-systree', 'hello/2-shell'];
    expect(await built(['tool', 'more'])).toEqual([...ofSystem.slice(1), ...hello]);
    const why = await store.supervisor.why(more, { project: 'build-system' });
    expect(JSON.stringify(why)).toContain('"added":["more"]');
    offerMore('2');
    expect(await built(['tool', 'more'])).toEqual(ofSystem.slice(1));
  }, 400_000);

  test('[A-252] that is watched has its tree built when it offers something else, and what uses that when it is another', async () => {
    offerMore('2');
    const watch = new Watching(store, note(['tool', 'more']), { pollMs: 500, longestMs: 300_000 });
    try {
      await watch.until('watch-idle');
      watch.take();
      offerMore('3');
      await watch.until('watch-idle');
      const [told, cause, ...rest] = watch.take();
      expect(told).toMatch(/^changed outside /);
      expect(cause).toBe('build-system 2-debootstrap: the package lists of its mirror changed');
      const ran = (steps: readonly string[]): string[] => steps.map((step) => `ran ${step}`);
      const idle = 'idle: 2 current, 0 failed, 0 held';
      expect(rest).toEqual([...ran(ofSystem.slice(1)), 'built', idle]);
      offerMore('3', '2');
      await watch.until('watch-idle');
      expect(watch.take().slice(2)).toEqual([
        ...ran([...ofSystem.slice(1), 'hello/1-create-systree', 'hello/2-shell']),
        'built',
        idle,
      ]);
    } finally {
      await watch.close();
    }
  }, 400_000);
});

import { existsSync, globSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuildEvent } from '../../supervisor/build-event.ts';
import { onTiny, onWritableTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from './test-store.ts';
import type { Ended, TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

/** The outcomes of a project's attempts, in order, as `step outcome`. */
function outcomes({ events }: Ended, name: string): string[] {
  return events.flatMap((event) =>
    event.type === 'step-ended' && event.project === name ? [`${event.step} ${event.outcome.type}`] : [],
  );
}

function ends({ events }: Ended): Record<string, string> {
  return Object.fromEntries(
    events.flatMap((event) => (event.type === 'project-ended' ? [[event.project, event.result]] : [])),
  );
}

/** The processes of the host whose command line holds a text. */
function processesWith(text: string): string[] {
  return globSync('/proc/[0-9]*/cmdline').filter((path) => {
    try {
      return readFileSync(path, 'utf8').split('\0').includes(text);
    } catch {
      return false;
    }
  });
}

describe.skipIf(lacking !== '')('a build', () => {
  test('[A-07] hands files from one project to another through an artifact, and says what happens in order', async () => {
    const built = await store.build([
      project('use', [onTiny, unpack('greeting'), shell('cat hello')]),
      project('make', [onTiny, shell('echo hi > hello'), publish('greeting')]),
    ]);
    expect(built.result).toBe('built');
    expect(built.log('use', '3')).toBe('hi\n');
    expect(built.events.map(({ type, ...event }) => ('step' in event ? `${type} ${event.step}` : type))).toEqual([
      'run-started',
      'project-started',
      'step-started 1-create-systree',
      'step-ended 1-create-systree',
      'step-started 2-shell',
      'step-ended 2-shell',
      'step-started 3-create-artifact',
      'artifact-published 3-create-artifact',
      'step-ended 3-create-artifact',
      'project-ended',
      'project-started',
      'step-started 1-create-systree',
      'step-ended 1-create-systree',
      'step-started 2-unpack-artifact',
      'step-ended 2-unpack-artifact',
      'step-started 3-shell',
      'step-ended 3-shell',
      'project-ended',
      'run-ended',
    ]);
    expect(built.events.map((event: BuildEvent) => ('seq' in event ? event.seq : 0))).toEqual(
      built.events.map((_, index) => index + 1),
    );
  });

  test('[A-08] fails with the exit status of the step that failed, and runs no step after it', async () => {
    const built = await store.build([project('p', [onTiny, shell('exit 7'), shell('echo no')])]);
    expect(built.result).toBe('failed');
    expect(built.events.findLast(({ type }) => type === 'step-ended')).toMatchObject({
      step: '2-shell',
      outcome: { type: 'failed', exitCode: 7 },
      next: 'end',
    });
  });

  test('[A-09] hints at `writable` when a step meets the read-only tree', async () => {
    const built = await store.build([project('p', [onTiny, shell('touch /etc/new')])]);
    expect(built.events.findLast(({ type }) => type === 'step-ended')).toMatchObject({
      outcome: { type: 'failed', hint: expect.stringContaining('writable: true') },
    });
  });

  test('[A-10] begins each retry from the tree before the step', async () => {
    const built = await store.build([
      project('p', [
        onTiny,
        shell('echo kept > before'),
        shell('cat before; test ! -e trace || echo DIRTY; touch trace; rm before; exit 3', { retries: 2 }),
      ]),
    ]);
    expect(outcomes(built, 'p').slice(2)).toEqual(['3-shell failed', '3-shell failed', '3-shell failed']);
    expect(built.log('p', '3')).toBe('kept\n');
  });

  test('passes over a step that may fail, without what it changed', async () => {
    const built = await store.build([
      project('p', [onTiny, shell('touch trace; exit 1', { 'continue-on-failure': true }), shell('ls -A')]),
    ]);
    expect(built.result).toBe('built');
    expect(built.log('p', '3')).toBe('');
  });

  test('[A-11] kills a step at its timeout, though it ignores SIGTERM, and the daemons it left', async () => {
    const built = await store.build([
      project('p', [
        onTiny,
        shell("trap '' TERM HUP INT; setsid sleep 98761 & setsid sh -c 'sleep 98761 & sleep 98761' & sleep 98761", {
          timeout: '1s',
        }),
      ]),
    ]);
    expect(outcomes(built, 'p').at(-1)).toBe('2-shell timed-out');
    expect(processesWith('98761')).toEqual([]);
  });

  test('leaves no daemon of a step that succeeded', async () => {
    const built = await store.build([project('p', [onTiny, shell('setsid sleep 98762 >/dev/null 2>&1 &')])]);
    expect(built.result).toBe('built');
    expect(processesWith('98762')).toEqual([]);
  });

  test.for(['the signal', 'cancel()'])('[A-12] ends with all its processes at %s', async (how) => {
    const abort = new AbortController();
    const value = { projects: [project('p', [onTiny, shell('echo up; sleep 98763')]), project('q', [onTiny])] };
    const run = await store.supervisor.build({ value }, { signal: abort.signal, jobs: 1, noCache: true });
    const log = (): string => readFileSync(store.supervisor.logFile({ run: run.id, project: 'p', step: '2' }), 'utf8');
    for await (const event of run.events()) {
      if (event.type !== 'step-started' || event.step !== '2-shell') continue;
      await expect
        .poll(() => (existsSync(store.supervisor.logFile({ run: run.id, project: 'p', step: '2' })) ? log() : ''))
        .toBe('up\n');
      if (how === 'cancel()') run.cancel();
      else abort.abort();
    }
    expect(await run.result).toBe('cancelled');
    expect(processesWith('98763')).toEqual([]);
    expect(store.supervisor.run(run.id).projects.map(({ result }) => result)).toEqual(['cancelled', 'skipped']);
  });

  test('[A-13] skips what needs a failed project, and names the failure', async () => {
    const built = await store.build(
      [
        project('bad', [onTiny, shell('exit 1')]),
        project('next', [onTiny], { 'depends-on': ['bad'] }),
        project('last', [onTiny], { 'depends-on': ['next'] }),
      ],
      { jobs: 1 },
    );
    expect(ends(built)).toEqual({ bad: 'failed', next: 'skipped', last: 'skipped' });
    expect(built.events.filter((event) => event.type === 'project-ended' && event.because === 'bad')).toHaveLength(2);
  });

  test('runs independent projects at once when it has jobs', async () => {
    const steps = [onTiny, shell('sleep 0.3')];
    const built = await store.build([project('a', steps), project('b', steps)], { jobs: 2 });
    const at = (type: string, name: string): number =>
      built.events.findIndex((event) => event.type === type && 'project' in event && event.project === name);
    expect(at('project-started', 'b')).toBeLessThan(at('project-ended', 'a'));
    expect(at('project-started', 'a')).toBeLessThan(at('project-ended', 'b'));
  });

  test('tells a late listener everything, and leaves no keeper', async () => {
    const run = await store.supervisor.build(
      { value: { projects: [project('p', [onTiny, shell('true')])] } },
      { noCache: true },
    );
    await run.result;
    const types: string[] = [];
    for await (const event of run.events()) types.push(event.type);
    expect([types.length, types[0], types.at(-1)]).toEqual([8, 'run-started', 'run-ended']);
    expect(globSync(join(store.store, '**/keepers/*'))).toEqual([]);
    // The guardian of a keeper ends a moment after it.
    await expect.poll(() => processesWith(join(store.store, 'trees'))).toEqual([]);
  });
});

describe.skipIf(lacking !== '')('a container', () => {
  async function output(script: string, systree = onTiny): Promise<string> {
    const built = await store.build([project('p', [systree, shell(script)])]);
    const log = built.log('p', '2');
    expect(built.result).toBe('built');
    return log;
  }

  // The keeper makes the network of a third attempt before it is asked for.
  test.for(['2', '3', '4'])('[A-14] has no network but its own loopback, as step %s', async (step) => {
    const look = shell('cat /proc/net/dev /proc/net/fib_trie; readlink /proc/self/ns/net');
    const log = (await store.build([project('p', [onTiny, look, look, look])])).log('p', step);
    expect([...log.matchAll(/^\s*(\w+): +\d/gm)].map(([, name]) => name)).toEqual(['lo']);
    expect(log).toContain('127.0.0.1'); // it is up
    expect(log).not.toContain(readlinkSync('/proc/self/ns/net'));
  });

  test('has an environment of its own', async () => {
    process.env['CONTRACTOR_TEST_SECRET'] = 'secret';
    const names = (await output('env'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0] ?? '');
    expect(new Set(names)).toEqual(
      new Set([
        'HOME',
        'LC_ALL',
        'LOGNAME',
        'PATH',
        'PWD',
        'TERM',
        'TMPDIR',
        'USER',
        ...(names.includes('_') ? ['_'] : []),
      ]),
    );
  });

  test('[A-15] runs steps as the builder, without capabilities or new privileges', async () => {
    const text = await output('id -u; id -g; id -un; cat /proc/self/status');
    expect(text.split('\n').slice(0, 3)).toEqual(['1000', '1000', 'builder']);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
      expect(text).toMatch(`${set}:\t0000000000000000`);
    expect(text).toMatch('NoNewPrivs:\t1');
  });

  test('[A-16] shows nothing of the host', async () => {
    expect(
      (await output('ls -A /'))
        .trim()
        .split('\n')
        .toSorted()
        .filter((name) => !/^lib|^usr/.test(name)),
    ).toEqual(['bin', 'dev', 'etc', 'home', 'proc', 'run', 'tmp', 'workspace']);
    expect(await output('cat /proc/self/mountinfo')).not.toContain(store.store);
    expect(await output('ls /proc')).not.toMatch(new RegExp(`^${process.pid}$`, 'm'));
  });

  test('[A-17] keeps what steps change in a writable tree for the project, and only for it', async () => {
    const built = await store.build([
      project('a', [onWritableTiny, shell('id -u; echo new > /etc/new'), shell('cat /etc/new; ls -l /etc/new')]),
    ]);
    expect(built.result).toBe('built');
    expect(built.log('a', '2')).toBe('0\n');
    expect(built.log('a', '3')).toMatch(/^new\n/);
    expect(await output('ls /etc', onWritableTiny)).not.toMatch('new');
  });
});

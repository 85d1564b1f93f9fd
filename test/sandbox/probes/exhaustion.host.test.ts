import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIdMap } from '../../../sandbox/id-map.ts';
import { findControlGroups, NO_CONTROL_GROUPS } from '../../../sandbox/limits/control-groups.ts';
import { controlGroupsOf } from '../../supervisor/control-groups-of.ts';
import { openTestStore, project, shell, whatHostLacks } from '../../supervisor/test-store.ts';
import type { Ended, TestStore } from '../../supervisor/test-store.ts';
import { EXHAUSTIONS } from './exhaustion.ts';
import { hostPulse } from './host-pulse.ts';
import { makeProbingSystem } from './probing-system.ts';

const lacking = await whatHostLacks();
const groups = lacking === '' ? await findControlGroups(findIdMap()) : NO_CONTROL_GROUPS;
let store: TestStore;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  const top = mkdtempSync(join(tmpdir(), 'contractor-exhaustion-'));
  makeProbingSystem(join(top, 'tree'));
  await store.supervisor.artifacts.importFrom('probing', join(top, 'tree'));
  rmSync(top, { recursive: true });
});
afterAll(() => store?.close());

function outcomesOf({ events }: Ended): readonly object[] {
  return events.flatMap((event) => (event.type === 'step-ended' ? [event.outcome] : []));
}

/** What a build could leave on the host. */
function remains(run: string, mark: string): object {
  return {
    processes: globSync('/proc/[0-9]*/cmdline').filter((path) => textOf(path).includes(`\0${mark}\0`)),
    mounts: textOf('/proc/self/mounts').includes(store.store),
    keepers: readdirSync(join(store.store, 'keepers')),
    controlGroups: controlGroupsOf(run, store, groups),
  };
}

const NOTHING = { processes: [], mounts: false, keepers: [], controlGroups: [] };

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a process that has ended
  }
}

describe.skipIf(lacking !== '').for([
  { kind: 'a container', writable: false, digit: 3 },
  { kind: 'a writable container', writable: true, digit: 4 },
])('[A-71] [A-72] in $kind, what uses up', ({ writable, digit }) => {
  const systree = { action: 'create-systree', 'artifact-name': 'probing', 'container-name': 'c', writable };
  const cases = EXHAUSTIONS.map((each, index) => ({ ...each, mark: `98${digit}${100 + index}` }));

  test.for(cases)('$name ends at its limit, and the host answers meanwhile', async (each) => {
    const { script, limits, ends, most, mark } = each;
    const pulse = hostPulse();
    const ended = await store.build([
      project('p', [systree, shell(script.replaceAll('MARK', mark), { limits, timeout: '60s' })]),
    ]);
    const slowestMs = await pulse.stop();
    const [, outcome] = outcomesOf(ended) as readonly { limit: string; value: number; peak: number }[];
    expect(outcome).toMatchObject({ type: 'limit-hit', limit: ends });
    expect(outcome?.peak).toBeGreaterThanOrEqual(0.9 * (outcome?.value ?? Infinity));
    expect(outcome?.peak).toBeLessThanOrEqual(most ?? 1.1 * (outcome?.value ?? 0));
    expect(slowestMs).toBeLessThan(1000);
    await expect.poll(() => remains(ended.id, mark)).toEqual(NOTHING);
  });

  test('a log is cut to the limit of output', async () => {
    const ended = await store.build([
      project('p', [systree, shell('while :; do cat /bin/sh; done', { limits: { output: '1M' } })]),
    ]);
    expect(ended.result).toBe('failed');
    const log = store.supervisor.logFile({ run: ended.id, project: 'p', step: '2' });
    expect(statSync(log).size).toBe(2 ** 20);
  });

  test('a step that stays within its limits succeeds, and one that hits one is tried again as after a failure', async () => {
    const limits = { memory: '200M', processes: 100, disk: '30M', tmp: '20M', output: '1M', 'cpu-time': '60s' };
    const within = 'head -c 20000000 /dev/zero >file; head -c 10000000 /dev/zero >/tmp/file; echo done; sleep 0.3';
    const ended = await store.build([
      project('p', [systree, shell(within, { limits }), shell('cat /dev/zero >file', { limits, retries: 1 })]),
    ]);
    expect(outcomesOf(ended)).toMatchObject([
      { type: 'succeeded' },
      { type: 'succeeded' },
      { type: 'limit-hit', limit: 'disk' },
      { type: 'limit-hit', limit: 'disk' },
    ]);
  });
});

describe.skipIf(lacking !== '')('a vetted tool', () => {
  test('[A-73] is held to limits too', async () => {
    const repository = join(store.work, 'repository');
    mkdirSync(repository);
    writeFileSync(join(repository, 'file'), Buffer.from(Array.from({ length: 3e6 }, () => Math.random() * 256)));
    const git = (...argv: string[]): unknown =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=x', '-c', 'user.email=x@y', ...argv]);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'x');
    const clone = (limits: object): object => ({ action: 'git', url: './repository', limits });
    expect(outcomesOf(await store.build([project('p', [clone({ disk: '1M' })])]))).toMatchObject([
      { type: 'limit-hit', limit: 'disk' },
    ]);
    expect(outcomesOf(await store.build([project('p', [clone({ disk: '20M' })])]))).toEqual([{ type: 'succeeded' }]);
  });
});

import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTiny, onWritableTiny, openTestStore, project, shell, whatHostLacks } from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';
import { makeProbingSystem } from './probing-system.ts';
import { RULE_PID_ONE } from './rule-pid-one.ts';
import { ancestors, sleepers } from './sleepers.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

/** Ways to be there still when the step has ended; each starts `sleep MARK`. */
const lives = [
  { name: 'a child in the background', script: 'sleep MARK &' },
  { name: 'a session of its own', script: 'setsid sleep MARK >/dev/null 2>&1 &' },
  { name: 'a daemon, forked twice', script: '(setsid sh -c "sleep MARK </dev/null >/dev/null 2>&1 &" &)' },
  { name: 'a child that holds the output open', script: 'sleep MARK & echo done' },
  {
    name: 'a child that ignores what signals it may',
    script: `sh -c "trap '' HUP INT TERM QUIT PIPE USR1; exec sleep MARK" &`,
  },
  { name: 'a stopped child', script: "sh -c 'kill -STOP $$; exec sleep MARK' & sleep MARK & kill -STOP $!" },
  { name: 'two hundred children', script: 'i=0; while [ $i -lt 200 ]; do sleep MARK & i=$((i + 1)); done' },
  { name: 'a step that closes its output and fails', script: 'sleep MARK & exec >&- 2>&-; exit 3', fails: true },
  { name: 'a step that kills itself', script: 'setsid sleep MARK & kill -KILL $$', fails: true },
];

describe.skipIf(lacking !== '').for([
  { kind: 'a container', systree: onTiny, digit: 1 },
  { kind: 'a writable container', systree: onWritableTiny, digit: 2 },
])('[A-60] in $kind, nothing outlives', ({ systree, digit }) => {
  const cases = lives.map((life, index) => ({ ...life, id: `life-${index}`, mark: `9877${digit}${index}` }));
  const results = new Map<string, string>();
  beforeAll(async () => {
    // After a project that failed, no other is begun.
    const together = [cases.filter(({ fails }) => !fails), ...cases.filter(({ fails }) => fails).map((each) => [each])];
    for (const some of together) {
      const { events } = await store.build(
        some.map(({ id, script, mark }) => project(id, [systree, shell(script.replaceAll('MARK', mark))])),
      );
      for (const event of events) if (event.type === 'project-ended') results.set(event.project, event.result);
    }
  });

  test.for(cases)('$name', ({ id, fails = false, mark }) => {
    expect(results.get(id)).toBe(fails ? 'failed' : 'built');
    expect(sleepers(mark)).toEqual([]);
  });
});

describe.skipIf(lacking !== '').for([
  { kind: 'a container', systree: onTiny, mark: '987781' },
  { kind: 'a writable container', systree: onWritableTiny, mark: '987782' },
])('$kind', ({ systree, mark }) => {
  test('[A-61] is never the root of the host, whoever builds', async () => {
    const abort = new AbortController();
    const run = await store.supervisor.build(
      { value: { projects: [project('p', [systree, shell(`exec sleep ${mark}`)])] } },
      { signal: abort.signal },
    );
    await expect.poll(() => sleepers(mark)).toHaveLength(1);
    const [sleeper] = sleepers(mark);
    abort.abort();
    await run.result;
    expect(sleeper?.uids).toHaveLength(4);
    expect(sleeper?.uids).not.toContain(0);
  });
});

test.skipIf(lacking !== '')('[A-61] what a step makes belongs to no user of the host', async () => {
  await store.build([project('p', [onTiny, shell('echo mine >mine-61')])]);
  const owners = globSync(`${store.store}/trees/layers/*/mine-61`).map((path) => statSync(path).uid);
  expect(owners).toEqual([expect.any(Number)]);
  expect(execFileSync('getent', ['passwd'], { encoding: 'utf8' })).not.toMatch(
    new RegExp(`^[^:]*:[^:]*:${owners[0]}:`, 'm'),
  );
});

describe.skipIf(lacking !== '')('a step that takes the death signal from its pid 1', () => {
  test.for([
    { kind: 'a container', systree: onTiny, mark: '987791' },
    { kind: 'a writable container', systree: onWritableTiny, mark: '987792' },
  ])('[A-60] is gone with its keeper all the same, in $kind', async ({ systree, mark }) => {
    makeProbingSystem(join(store.work, mark), join(store.work, '../tiny'));
    await store.supervisor.artifacts.importFrom('probing', join(store.work, mark));
    const attack = `PERL_BADLANG=0 /bin/perl -e '${RULE_PID_ONE}'\nexec sleep ${mark}`;
    const abort = new AbortController();
    const run = await store.supervisor.build(
      { value: { projects: [project('p', [{ ...systree, 'artifact-name': 'probing' }, shell(attack)])] } },
      { signal: abort.signal },
    );
    await expect.poll(() => sleepers(mark)).toHaveLength(1);
    const [sleeper] = sleepers(mark);
    const log = readFileSync(store.supervisor.logFile({ run: run.id, project: 'p', step: '2-shell' }), 'utf8');
    // The step is the child of its pid 1, that of bwrap, and that of the keeper.
    const [, , keeper] = ancestors(sleeper?.path ?? '');
    process.kill(keeper ?? Number.NaN, 'SIGKILL');
    abort.abort();
    await run.result;
    expect(log).toBe('ruled: 0\n');
    await expect.poll(() => sleepers(mark)).toEqual([]);
  });
});

describe.skipIf(lacking !== '')('a step that is not limited yet', () => {
  test('has a flood of its output kept whole', async () => {
    const line = 'x'.repeat(1023);
    const { log } = await store.build([
      project('p', [onTiny, shell(`i=0; while [ $i -lt 5000 ]; do echo ${line}; i=$((i + 1)); done`)]),
    ]);
    expect(log('p', '2')).toBe(`${line}\n`.repeat(5000));
  });

  test('makes ten thousand files, a path of two hundred directories and names of 255 bytes', async () => {
    const { result, log } = await store.build([
      project('p', [
        onTiny,
        shell(
          'mkdir many; cd many; i=0; while [ $i -lt 10000 ]; do : >$i; i=$((i + 1)); done; cd ..\n' +
            `i=0; while [ $i -lt 200 ]; do mkdir deep; cd deep; i=$((i + 1)); done; cd /workspace; : >${'n'.repeat(255)}`,
        ),
        shell('ls many | grep -c .; ls | grep -c n; readlink -f deep/deep/deep'),
      ]),
    ]);
    expect(result).toBe('built');
    expect(log('p', '3')).toBe('10000\n2\n/workspace/deep/deep/deep\n');
  });
});

import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../machines/outcome.ts';
import { findIdMap } from '../../sandbox/id-map.ts';
import { isKeeperAlive } from '../../sandbox/keeper-life.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import type { SessionOptions, StepStateReference } from '../../supervisor/workbench.ts';
import { ALL_PROBES } from '../sandbox/probes/all-probes.ts';
import { layBait } from '../sandbox/probes/bait.ts';
import { answersIn, probingScript } from '../sandbox/probes/probe.ts';
import { makeProbingSystem } from '../sandbox/probes/probing-system.ts';
import { killAll, killedAt, pidsOf } from './killed-build.ts';
import { onTiny, onWritableTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());
afterEach(() => {
  if (lacking === '' && leftovers().length > 0) throw new Error(`left behind: ${leftovers().join(', ')}`);
});

const terminal = { rows: 24, columns: 80 };

const at = (run: string, step: string, moment: 'before' | 'after', name = 'p'): StepStateReference => ({
  type: 'step',
  run,
  project: name,
  step,
  moment,
});

/** What a command in a session wrote, and how it ended. */
async function said(
  state: StepStateReference,
  options: SessionOptions,
  typed = '',
): Promise<[string, Outcome['type'] | number, string]> {
  const session = await store.supervisor.workbench.open(state, options);
  const shown = [text(session.data), text(session.errors)];
  session.data.write(typed);
  if (options.terminal === undefined) session.data.end();
  const outcome = await session.outcome;
  await session.end();
  const [data = '', errors = ''] = await Promise.all(shown);
  return [data, outcome.type === 'failed' ? outcome.exitCode : outcome.type, errors];
}

const sh = (script: string): SessionOptions => ({ command: ['/bin/sh', '-c', script] });

/** What a session could leave in the store. */
function leftovers(): string[] {
  const { keepers, attempts } = {
    keepers: join(store.store, 'keepers'),
    attempts: join(store.store, 'trees/attempts'),
  };
  return [...readdirSync(keepers), ...readdirSync(attempts)].filter((name) => name.startsWith('shell-'));
}

/** Everything about the trees of the store that can be seen, but for what reading changes. */
async function treesOfStore(): Promise<string> {
  const { stdout } = await runInIdMap({
    trees: join(store.store, 'trees'),
    idMap: findIdMap(),
    command: [
      '/usr/bin/find',
      'layers',
      'objects',
      'artifacts',
      'attempts',
      '-mindepth',
      '1',
      '-printf',
      '%p %y %m %U:%G %s %T@ %l\\n',
    ],
  });
  return stdout.split('\n').toSorted().join('\n');
}

describe.skipIf(lacking !== '')('a session', () => {
  test('[A-122] is where a step failed, where it began, and where the one before ended', async () => {
    const steps = [onWritableTiny, shell('echo 1 > a'), shell('echo 2 > a; echo x > /etc/new; exit 3'), shell('true')];
    const { id } = await store.build([project('p', steps)]);
    const look = sh('cat a; ls /etc');
    expect(await said(at(id, '3', 'after'), look)).toEqual(['2\ngroup\nnew\npasswd\n', 'succeeded', '']);
    expect(await said(at(id, '3', 'before'), look)).toEqual(['1\ngroup\npasswd\n', 'succeeded', '']);
    expect(await said(at(id, '2', 'after'), look)).toEqual(['1\ngroup\npasswd\n', 'succeeded', '']);
    await expect(said(at(id, '4', 'before'), look)).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
  });

  test('[A-122] is there after contractor was killed, and while the run goes on', async () => {
    const projects = [
      project('p', [onTiny, shell('echo half > done; exit 1')]),
      project('slow', [onTiny, shell('echo before > file'), shell('sleep 987')], { 'depends-on': [] }),
    ];
    const run = await killedAt(store, {
      projects,
      step: '3-shell',
      meanwhile: async (id) => {
        expect(await said(at(id, '3', 'before', 'slow'), sh('cat file'))).toEqual(['before\n', 'succeeded', '']);
        await expect(said(at(id, '3', 'after', 'slow'), sh('true'))).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
        // The other project may not have come so far.
        while (store.supervisor.run(id).projects[0]?.steps[1]?.attempts[0]?.outcome === undefined) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
    });
    expect(store.supervisor.run(run).state).toBe('adoptable');
    expect(await said(at(run, '2', 'after'), sh('cat done'))).toEqual(['half\n', 'succeeded', '']);
    await store.supervisor.cancel(run);
  });

  test('[A-123] has what the step had: its commands, identity, directory, environment, mounts and no network', async () => {
    const probe =
      'env -u _ -u OLDPWD; id; pwd; cat /proc/net/dev; cat /proc/self/mountinfo; grep -E "^(Cap|Seccomp|NoNew|Groups)" /proc/self/status; ls / /dev /run /tmp /home; ulimit -a';
    for (const systree of [onTiny, onWritableTiny]) {
      const step = shell(`${probe}\nexit 9`, { environment: { FLAVOUR: 'x y' }, directory: 'sub' });
      const { id, log } = await store.build([project('p', [systree, shell('mkdir sub'), step])]);
      const [output, status, errors] = await said(at(id, '3', 'before'), {});
      expect([status, errors]).toEqual([9, '']);
      expect(withoutNames(output)).toEqual(withoutNames(log('p', '3')));
      expect(output).toContain('FLAVOUR=x y');
    }
  });

  test('[A-124] leaves nothing, whatever it does, and the run is as it was', async () => {
    const { id } = await store.build([project('p', [onWritableTiny, shell('echo 1 > a; mkdir d; exit 1')])]);
    const [trees, run] = [await treesOfStore(), store.supervisor.run(id)];
    const destroy = 'rm -rf a d /etc/*; mkdir -p x/y; echo new > x/y/z; mknod p p; chmod 0 x; (sleep 986 &) ; exit 7';
    expect((await said(at(id, '2', 'after'), sh(destroy)))[1]).toBe(7);
    expect((await said(at(id, '2', 'after'), { ...sh(destroy), terminal }))[1]).toBe(7);
    const session = await store.supervisor.workbench.open(at(id, '2', 'after'), { ...sh('sleep 985'), terminal });
    await session.end();
    expect(await treesOfStore()).toBe(trees);
    expect(store.supervisor.run(id)).toEqual(run);
    expect([...pidsOf('sleep', '986'), ...pidsOf('sleep', '985')]).toEqual([]);
  });

  test('[A-124] whose keeper is killed too is swept by the next', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('exit 1')])]);
    const session = await store.supervisor.workbench.open(at(id, '2', 'after'), sh('echo x > file; sleep 984'));
    const name = readdirSync(join(store.store, 'keepers')).find((each) => each.startsWith('shell-')) ?? '';
    const file = join(store.store, 'trees/attempts', name, 'upper/file');
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
    const pids = readFileSync(join(store.store, 'keepers', name, 'pid'), 'utf8')
      .trim()
      .split('\n');
    killAll(pids.map((line) => Number(line.split(' ')[0])));
    expect((await session.outcome).type).toBe('interrupted');
    while (isKeeperAlive(join(store.store, 'keepers', name))) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(existsSync(file)).toBe(true);
    await said(at(id, '2', 'after'), sh('true'));
    expect([existsSync(file), pidsOf('sleep', '984')]).toEqual([false, []]);
  });

  test('tells what was changed in it, before that is gone', async () => {
    const { id } = await store.build([project('p', [onWritableTiny, shell('echo 1 > a; exit 1')])]);
    const session = await store.supervisor.workbench.open(
      at(id, '2', 'after'),
      sh('echo 2 > a; rm /etc/group; exit 0'),
    );
    await session.outcome;
    const { parts } = await session.changes();
    await session.end();
    expect(parts.map(({ name, changes }) => [name, ...changes.map(({ type, path }) => `${type} ${path}`)])).toEqual([
      ['workspace', 'changed a'],
      ['c', 'removed etc/group'],
    ]);
  });

  test('hands over all that was written, however much and however late it is read', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('exit 1')])]);
    const line = 'x'.repeat(63);
    const many = sh(`i=0; while [ $i -lt 5000 ]; do echo ${line}; i=$((i+1)); done; echo end >&2`);
    const [output, , errors] = await said(at(id, '2', 'after'), many);
    expect([output.length, errors]).toEqual([5000 * 64, 'end\n']);
    const [shown] = await said(at(id, '2', 'after'), { ...many, terminal });
    expect(shown.length).toBe(5000 * 65 + 'end\r\n'.length);
    const [echoed] = await said(at(id, '2', 'after'), sh('cat'), 'y'.repeat(300_000));
    expect(echoed.length).toBe(300_000);
  });

  test('for a step that runs in no container takes the nearest, before it or after', async () => {
    const { id } = await store.build([
      project('p', [{ action: 'empty-workspace' }, onTiny, shell('echo 1 > a'), publish('w')]),
    ]);
    expect((await said(at(id, '4', 'after'), sh('cat a')))[0]).toBe('1\n');
    const session = await store.supervisor.workbench.open(at(id, '1', 'after'), sh('ls'));
    session.data.resume();
    expect([session.borrowed, (await session.outcome).type]).toEqual(['c', 'succeeded']);
    await session.end();
    const none = await store.build([project('p', [{ action: 'empty-workspace' }])]);
    await expect(said(at(none.id, '1', 'after'), sh('true'))).rejects.toMatchObject({ code: 'STEP_UNKNOWN' });
  });

  test('has the network of the host when that is asked for, and only then', async () => {
    const { id } = await store.build([project('p', [onTiny, shell('exit 1')])]);
    const network = sh('readlink /proc/self/ns/net');
    const own = readlinkSync('/proc/self/ns/net');
    expect((await said(at(id, '2', 'after'), network))[0].trim()).not.toBe(own);
    expect((await said(at(id, '2', 'after'), { ...network, network: true }))[0].trim()).toBe(own);
  });
});

/** What tells one attempt from another: names of layers, numbers of mounts. */
function withoutNames(output: string): string[] {
  return output
    .replaceAll(/^\d+ \d+ \d+:\d+/gm, 'N N N')
    .replaceAll(/[\w./:-]*(upperdir|workdir|lowerdir)=[^, ]*/g, '$1')
    .replaceAll(/\b(master|shared):\d+/g, '$1')
    .replaceAll(/bindfile\w+/g, 'bindfile')
    .split('\n');
}

describe.skipIf(lacking !== '')('[A-125] no probe gets further in a session than in a step', () => {
  const answers = new Map<string, Map<string, string>>();
  beforeAll(async () => {
    process.env['CONTRACTOR_TEST_SECRET'] = 'TOPSECRET';
    const bait = await layBait();
    makeProbingSystem(join(store.work, 'system'), join(store.work, '../tiny'));
    await store.supervisor.artifacts.importFrom('probing', join(store.work, 'system'));
    const script = probingScript(ALL_PROBES, { ...bait.values, STORE: store.store });
    const { id } = await store.build([project('p', [{ ...onTiny, 'artifact-name': 'probing' }, shell(script)])]);
    const [piped] = await said(at(id, '2', 'before'), {});
    const [shown] = await said(at(id, '2', 'before'), { terminal }, '\n'); // One of them reads.
    answers.set('with pipes', answersIn(piped));
    answers.set('with a terminal', answersIn(shown.replaceAll('\r\n', '\n')));
    await bait.remove();
  });

  /** What a session has that a step has not: something to read from, a terminal of its own, which it may not type into. */
  const other: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
    'with pipes': {
      'standard input': /^pipe:\[\d+\] 0\n$/,
      'the descriptors of pid 1': /^(pipe:\[\d+\]\n){3}(anon_inode:\[(eventfd|signalfd)\]\n)+$/,
    },
    'with a terminal': {
      'standard input': /^\/dev\/pts\/\d+ 1\n$/,
      'the descriptors of pid 1': /^(\/dev\/pts\/\d+\n){3}(anon_inode:\[(eventfd|signalfd)\]\n)+$/,
      // In columns, as ls writes for people.
      'device nodes': /^(\s*(core|fd|full|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero)\s+){14}$/,
      'the terminal of the user': /^\/dev\/tty: done\n$/,
      'a controlling terminal': /^terminal \d+\n$/,
      'keys typed into the terminal': /^(key: Operation not permitted\n){3}$/,
      'the command line of pid 1':
        /^\S*bwrap --args \d+ --json-status-fd \d+ -- \/proc\/self\/fd\/\d+ \/run\/terminal \/bin\/sh -eu \/run\/step \n$/,
    },
  };

  test.for(Object.keys(other).flatMap((kind) => ALL_PROBES.map((probe) => ({ kind, ...probe }))))(
    '$kind, $group: $name',
    ({ kind, name, expected }) => {
      expect(answers.get(kind)?.get(name)).toMatch(other[kind]?.[name] ?? expected);
    },
  );
});

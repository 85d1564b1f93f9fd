import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findIdMap, hostId } from '../../../sandbox/id-map.ts';
import { keeperGone, startKeeper } from '../../../sandbox/keeper.ts';
import type { SandboxPolicy } from '../../../sandbox/policy.ts';
import { attemptLimits, hostSizes } from '../../../sandbox/limits/attempt-limits.ts';
import { NO_CONTROL_GROUPS } from '../../../sandbox/limits/control-groups.ts';
import { runInIdMap } from '../../../sandbox/run-in-id-map.ts';
import { architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import { policyFilter } from '../../../sandbox/seccomp/policy-filter.ts';
import { makeTinySystem, onTiny, openTestStore, project, shell, whatHostLacks } from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';
import { allCalls } from './all-calls.ts';
import { FOREIGN, FOREIGN_STATUS, makeForeignProgram } from './foreign-program.ts';
import { alike, filteredAnswers, probeScript } from './probes.ts';

const lacking = await whatHostLacks();
const builder = { type: 'container', identity: 'builder', directory: '/', environment: {} } as const;

describe.skipIf(lacking !== '')('the system calls of a container', () => {
  let store: TestStore;
  let tree: string;
  /** What is said of how the foreign program ends, without the filter and with it: the same where kernel or processor cannot run it. */
  let made: string;
  let killed: string;
  beforeAll(async () => {
    store = await openTestStore();
    tree = join(store.work, 'probing');
    makeTinySystem(tree, ['perl']);
    makeForeignProgram(tree);
    for (const path of ['proc', 'dev']) mkdirSync(join(tree, path));
    // All that it does is to end with a status.
    const bare = ['--unshare-all', '--ro-bind', tree, '/', '--', '/bin/sh', '-c', foreignStatus];
    made = spawnSync('bwrap', bare, { encoding: 'utf8' }).stdout;
    killed = made === `${FOREIGN_STATUS.made}\n` ? `${FOREIGN_STATUS.killed}\n` : made;
    await store.supervisor.artifacts.importFrom('probing', tree);
  });
  afterAll(() => store?.close());

  const foreignStatus = `status=0; ${FOREIGN} || status=$?; echo "$status"`;

  test.for([
    ['the builder', {}],
    ['root of a writable container', { writable: true }],
  ] as const)('[A-50] are filtered for %s', async ([who, keys]) => {
    const built = await store.build([
      project(who.split(' ')[0] ?? '', [
        { ...onTiny, 'artifact-name': 'probing', ...keys },
        shell('cat /proc/self/status'),
        shell(`LC_ALL=C perl -e '${probeScript()}' < /dev/null`),
        shell(foreignStatus),
      ]),
    ]);
    const log = (step: string): string => built.log(who.split(' ')[0] ?? '', step);
    expect(built.result).toBe('built');
    expect(log('2')).toMatch(/^NoNewPrivs:\t1\nSeccomp:\t2\n/m);
    expect(log('3')).toBe(filteredAnswers);
    expect(log('4')).toContain(killed);
    expect(killed).toMatch(/^\d+\n$/);
  });

  // Never as root of the host: what the filter keeps out is then kept out by nothing.
  test('get further in a sandbox that has all but the filter', () => {
    for (const path of [join(store.work, '..'), store.work, tree]) chmodSync(path, 0o755);
    const filter = join(store.work, 'filter');
    writeFileSync(filter, policyFilter(builder, architectureOf(process.arch)));
    const run = (words: readonly string[], filtered: boolean): { status: number | null; stdout: string } => {
      const options = [
        '--unshare-all',
        '--ro-bind',
        tree,
        '/',
        '--proc',
        '/proc',
        '--dev',
        '/dev',
        '--tmpfs',
        '/tmp',
        '--setenv',
        'LC_ALL',
        'C',
      ];
      const { status, stdout } = spawnSync(
        'bwrap',
        [...options, ...(filtered ? ['--seccomp', '3'] : []), '--', ...words],
        {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'inherit', openSync(filter, 'r')],
          ...(process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}),
        },
      );
      return { status, stdout };
    };
    const probes = ['/bin/perl', '-e', probeScript()];
    expect(run(probes, true)).toEqual({ status: 0, stdout: filteredAnswers });
    const without = run(probes, false);
    expect({ status: without.status, alike: alike(without.stdout) }).toEqual({ status: 0, alike: [] });
    expect(without.stdout.split('\n')).toHaveLength(filteredAnswers.split('\n').length);
    expect(run(['/bin/sh', '-c', foreignStatus], true).stdout).toBe(killed);
    expect(run(['/bin/sh', '-c', foreignStatus], false).stdout).toBe(made);
  });
});

describe.skipIf(lacking !== '')('the system calls of a vetted tool', () => {
  test('are filtered too, and it may mount', async () => {
    const tool = { type: 'vetted-tool', identity: 'root', network: false, environment: {}, reads: [] } as const;
    const script = `grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status; perl -e 'syscall(${allCalls(architectureOf(process.arch).name).get('keyctl')}, 0, -3, 0); print $! + 0, "\\n"'; mount -t tmpfs none /tmp && echo mounted`;
    expect(await output(tool, ['/bin/sh', '-c', script])).toBe('NoNewPrivs:\t1\nSeccomp:\t2\n1\nmounted\n');
  });
});

/** What a command writes in a sandbox of `policy`, run by a keeper of its own. */
async function output(policy: SandboxPolicy, command: readonly string[]): Promise<string> {
  const map = findIdMap();
  const top = mkdtempSync(join(tmpdir(), 'contractor-seccomp-'));
  const trees = join(top, 'trees');
  for (const path of ['', 'layers', 'layers/base', 'attempts']) {
    mkdirSync(join(trees, path), { recursive: true });
    if (map.how === 'direct') chownSync(join(trees, path), hostId(map.uid, 0), hostId(map.gid, 0));
  }
  chmodSync(top, 0o711);
  const keeper = await startKeeper({
    directory: join(top, 'keeper'),
    trees,
    idMap: map,
    hostBinds: [],
    groups: NO_CONTROL_GROUPS,
  });
  try {
    const exit = await keeper?.run({
      limits: attemptLimits({}, NO_CONTROL_GROUPS, hostSizes(top)),
      attempt: 'a',
      lower: ['base'],
      layer: 'sealed',
      policy,
      files: [],
      command,
    });
    expect(exit).toEqual({ type: 'exited', code: 0 });
    return readFileSync(join(trees, 'attempts/a/log'), 'utf8');
  } finally {
    await keeper?.quit();
    await keeperGone(join(top, 'keeper'));
    await runInIdMap({ trees, idMap: map, command: ['/bin/rm', '-rf', 'layers', 'attempts'] });
    rmSync(top, { recursive: true, force: true });
  }
}

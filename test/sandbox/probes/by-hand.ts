import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bwrapArgv, containerView, memoryPlaces } from '../../../sandbox/bwrap-argv.ts';
import { MOUNTED } from '../../../sandbox/policy.ts';
import { findProgram } from '../../../sandbox/programs.ts';
import { architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import { allCalls } from '../seccomp/all-calls.ts';
import type { Bait } from './bait.ts';
import { answersIn, probingScript } from './probe.ts';
import type { Probe } from './probe.ts';
import { makeProbingSystem } from './probing-system.ts';

/** Containers that a test starts by itself, so that a control can be left out. Never as the host's root. */
export interface ByHand {
  /** What its containers have at /workspace. */
  readonly workspace: string;
  /** The options of our own policy, with what the keeper does beside bwrap said as options too. */
  options(identity: 'root' | 'builder'): readonly string[];
  /** What a person would type who has read one page about bwrap. */
  naiveOptions(): readonly string[];
  answers(probes: readonly Probe[], how: HowByHand): Map<string, string>;
  /** The same in a map of ids and a root of its own as the builder, by chroot and no bwrap. */
  answersInChroot(probes: readonly Probe[], how: { readonly noNewPrivileges: boolean }): Map<string, string>;
  /** Starts bwrap with a script. */
  start(script: string, how: { readonly options: readonly string[] }): ChildProcess;
  remove(): void;
}

export interface HowByHand {
  readonly options: readonly string[];
  /** The environment that bwrap itself is started with. Default: empty. */
  readonly environment?: NodeJS.ProcessEnv;
  /** A descriptor that is left open when it is started. */
  readonly leavesOpen?: string;
  readonly onTerminal?: boolean;
  /** A program that starts bwrap, with its own words. */
  readonly within?: readonly string[];
}

export function openByHand(bait: Bait): ByHand {
  const top = mkdtempSync(join(tmpdir(), 'contractor-by-hand-'));
  const tree = join(top, 'tree');
  const workspace = join(top, 'workspace');
  mkdirSync(workspace);
  makeProbingSystem(tree);
  for (const point of ['dev', 'home', 'proc', 'run', 'workspace']) mkdirSync(join(tree, point));
  const values = { ...bait.values, STORE: bait.directory };
  const answersOf = (
    probes: readonly Probe[],
    command: readonly string[],
    {
      environment = {},
      leavesOpen,
    }: { readonly environment?: NodeJS.ProcessEnv; readonly leavesOpen?: string | undefined } = {},
  ): Map<string, string> => {
    writeFileSync(join(workspace, 'script'), probingScript(probes, values));
    // What was open in the program that runs the tests may be open in here.
    const [program = '', ...argv] =
      leavesOpen === undefined ? [findProgram('perl'), '-MPOSIX', '-e', CLOSE, ...command] : command;
    const { stdout, stderr } = spawnSync(program, argv, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', ...(leavesOpen === undefined ? [] : [openSync(leavesOpen, 'r')])],
      encoding: 'utf8',
    });
    const answers = answersIn(stdout.replaceAll('\r\n', '\n'));
    if (answers.size !== probes.length) throw new Error(`the container ended early: ${stderr}${stdout}`);
    return answers;
  };
  return {
    workspace,
    options: (identity) => {
      const policy = { type: 'container', identity, directory: '/workspace', environment: {} } as const;
      const root = [identity === 'builder' ? '--ro-bind' : '--bind', tree, '/'];
      const options = bwrapArgv(policy, { links: [], directories: [] });
      const at = options.indexOf('--dev-bind');
      const after = options.indexOf('--chdir');
      options.splice(after, 0, ...viewByBwrap(memoryPlaces(policy), workspace));
      options.splice(at, ['--dev-bind', MOUNTED.view, '/'].length, ...root);
      return [
        '--unshare-net',
        ...(identity === 'root' ? ['--unshare-user', '--disable-userns', '--uid', '0', '--gid', '0'] : []),
        ...options,
      ];
    },
    naiveOptions: () => [
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--bind',
      workspace,
      workspace,
      '--chdir',
      workspace,
    ],
    answers: (probes, { options, environment = {}, leavesOpen, onTerminal = false, within = [] }) => {
      const command = [...within, findProgram('bwrap'), ...options, '--', '/bin/sh', './script'];
      const typed = onTerminal ? [findProgram('script'), '-qec', command.map(quoted).join(' '), '/dev/null'] : command;
      return answersOf(probes, typed, { environment, leavesOpen });
    },
    answersInChroot: (probes, { noNewPrivileges }) => {
      const inside = `${noNewPrivileges ? 'syscall($ARGV[0], 38, 1, 0, 0, 0) == 0 or die;' : ''} $( = $) = "1000 1000"; $< = $> = 1000; chdir "/workspace"; exec "/bin/sh", "./script";`;
      const prctl = String(allCalls(architectureOf(process.arch).name).get('prctl'));
      return answersOf(probes, [
        ...[findProgram('unshare'), '--user', '--map-root-user', '--map-auto', '--mount', '--pid', '--fork'],
        ...[findProgram('sh'), '-euc', CHROOT, 'sh', tree, workspace, '/bin/perl', '-e', inside, prctl],
      ]);
    },
    start: (script, { options }) => {
      writeFileSync(join(workspace, 'script'), script);
      return spawn(findProgram('bwrap'), [...options, '--', '/bin/sh', './script'], { env: {}, stdio: 'ignore' });
    },
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}

/** Tree, workspace, then a command inside. */
const CHROOT =
  'tree=$1 workspace=$2; shift 2; mount -t proc proc "$tree/proc"; mount --bind "$workspace" "$tree/workspace"; : >"$tree/dev/null"; mount --bind /dev/null "$tree/dev/null"; exec chroot "$tree" "$@"';

/** What the keeper mounts in a container, by bwrap: with a file system in memory in each of the places that it makes of one. */
function viewByBwrap(places: ReturnType<typeof memoryPlaces>, workspace: string): string[] {
  return containerView().flatMap(({ what, where }) => {
    if (what === 'devices') return ['--dev', where];
    if (what === 'read-only') return ['--remount-ro', where];
    if (what === 'workspace') return ['--bind', workspace, where];
    const name = what.slice('memory/'.length);
    return places.flatMap((place) => {
      if (place.name === name) return ['--perms', place.mode, '--tmpfs', where];
      return place.name.startsWith(`${name}/`)
        ? ['--perms', place.mode, '--dir', `${where}${place.name.slice(name.length)}`]
        : [];
    });
  });
}

const CLOSE = 'POSIX::close($_) for 3 .. 1023; exec { $ARGV[0] } @ARGV';

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

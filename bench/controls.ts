/**
 * What the controls of a sandbox cost a trivial step: the real keeper against copies of it that do without one control,
 * and without all. They take steps in turn (A B C A B C …), so that a slow moment of the machine meets each.
 *
 *     node bench/controls.ts                 prints a table in Markdown for each kind of sandbox
 *     node bench/controls.ts --steps 400     more rounds; the default is 200
 *
 * With the Node of the checkout. It makes its own small system tree of this host's programs, and needs no network. The
 * commands run are `true`, nothing else: a sandbox without controls is for nothing that is not trusted.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findIdMap, idMapArgument } from '../sandbox/id-map.ts';
import { runMessage } from '../sandbox/keeper-job.ts';
import type { KeeperJob } from '../sandbox/keeper-job.ts';
import { keeperGone } from '../sandbox/keeper.ts';
import { field, keeperLine, parseKeeperLine } from '../sandbox/keeper-message.ts';
import { attemptLimits, hostSizes } from '../sandbox/limits/attempt-limits.ts';
import { findControlGroups, groupsArgument, launcherOf } from '../sandbox/limits/control-groups.ts';
import type { SandboxPolicy } from '../sandbox/policy.ts';
import { findProgram } from '../sandbox/programs.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import { makeTinySystem } from '../test/supervisor/test-store.ts';
import { bareKeeper, bareOrder, CONTROLS } from './bare-keeper.ts';
import type { Control } from './bare-keeper.ts';

const { steps } = parseArgs({ options: { steps: { type: 'string', default: '200' } } }).values;
const ROUNDS = Number(steps);
const WARM = 5;

const idMap = findIdMap();
const groups = await findControlGroups(idMap);
const top = mkdtempSync(join(tmpdir(), 'contractor-controls-'));
chmodSync(top, 0o711); // The keeper goes to the trees as an id of the map, through this.
const trees = join(top, 'trees');
makeTinySystem(join(trees, 'tree'));
for (const name of ['layers', 'attempts']) mkdirSync(join(trees, name));
if (idMap.how === 'direct') {
  const owner = `${idMap.uid[0]?.outside}:${idMap.gid[0]?.outside}`;
  await ended('chown', ['-R', owner, trees]);
}
/** So far, for their names. */
let attempts = 0;
const limits = attemptLimits({}, groups, hostSizes(trees));

const KINDS: readonly { readonly name: string; readonly job: Pick<KeeperJob, 'policy' | 'root' | 'command'> }[] = [
  {
    name: 'a container, its command the builder',
    job: {
      policy: containerFor('builder'),
      root: { tree: '../tree', lower: [] },
      command: ['/bin/sh', '-eu', '-c', 'true'],
    },
  },
  {
    name: 'a writable container, its command root of the map',
    job: {
      policy: containerFor('root'),
      root: { tree: '../tree', lower: [] },
      command: ['/bin/sh', '-eu', '-c', 'true'],
    },
  },
  {
    name: 'a vetted tool in the network',
    job: {
      policy: {
        type: 'vetted-tool',
        identity: 'builder',
        network: true,
        ports: [53, 80, 443],
        environment: {},
        reads: [],
      },
      command: ['/bin/sh', '-eu', '-c', 'true'],
    },
  },
];

process.stdout.write(`Control groups: ${groupsArgument(groups)}. ${ROUNDS} rounds.\n`);
try {
  for (const { name, job } of KINDS) await measure(name, job);
} finally {
  await runInIdMap({ trees, idMap, command: ['/bin/rm', '-rf', 'layers', 'attempts', 'tree'] });
  rmSync(top, { recursive: true, force: true });
}

/** All keepers take a step each, again and again. */
async function measure(kind: string, job: (typeof KINDS)[number]['job']): Promise<void> {
  const variants: { readonly name: string; readonly lacks: readonly Control[] }[] = [
    { name: 'all controls', lacks: [] },
    { name: '**none of them**', lacks: CONTROLS },
    ...CONTROLS.map((control) => ({ name: `all but ${control.name}`, lacks: [control] })),
  ];
  const keepers = await Promise.all(variants.map(({ lacks }, index) => openKeeper(`${index}`, lacks)));
  const times: number[][] = variants.map(() => []);
  const processorMs: number[] = [];
  try {
    for (let round = -WARM; round < ROUNDS; round += 1) {
      for (const [index, keeper] of keepers.entries()) {
        const ms = await keeper.step(job, variants[index]?.lacks ?? []);
        if (round >= 0) times[index]?.push(ms);
      }
    }
  } finally {
    for (const keeper of keepers) processorMs.push((await keeper.end()) / (ROUNDS + WARM));
  }
  const bare = times[1] ?? [];
  const row = (index: number): string => {
    const own = times[index] ?? [];
    const ratios = own.map((ms, round) => ms / (bare[round] ?? ms));
    const more = own.map((ms, round) => ms - (bare[round] ?? ms));
    return [
      quantile(own, 0.5).toFixed(2),
      Math.min(...own).toFixed(2),
      `${quantile(ratios, 0.5).toFixed(2)} (${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)})`,
      quantile(more, 0.5).toFixed(2),
      processorMs[index]?.toFixed(2),
    ].join(' | ');
  };
  process.stdout.write(
    `\n### ${kind}\n\n| sandbox with | median, ms | least, ms | times the bare one (quartiles) | more by, ms | processor, ms |\n|---|---|---|---|---|---|\n`,
  );
  for (const [index, { name }] of variants.entries()) process.stdout.write(`| ${name} | ${row(index)} |\n`);
}

interface BenchKeeper {
  /** How long a step took, from the order to its end. */
  step(job: (typeof KINDS)[number]['job'], lacks: readonly Control[]): Promise<number>;
  /** The processor time, in ms, that it and all its processes have taken. */
  end(): Promise<number>;
}

async function openKeeper(name: string, lacks: readonly Control[]): Promise<BenchKeeper> {
  const directory = join(top, `keeper-${name}`);
  mkdirSync(directory, { mode: 0o700 });
  const kind = lacks.some((control) => control.name.startsWith('limits')) ? 'none' : groupsArgument(groups);
  const program = bareKeeper(join(top, `program-${name}`), lacks);
  const launcher = kind === 'none' ? [] : (launcherOf(groups.kind) ?? []);
  const [first, ...words] = [
    ...launcher,
    findProgram('perl'),
    program,
    'serve',
    directory,
    trees,
    idMapArgument(idMap),
    kind,
  ];
  const child = spawn(first, words, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const socket = connect(join(directory, 'socket'));
  socket.setEncoding('latin1');
  const lines = linesOf(socket);
  await lines.next(); // idle
  return {
    step: async (job, lacking) => {
      const attempt = `a${(attempts += 1)}`;
      const writable = job.policy.identity === 'root' ? { writable: { layer: `${attempt}r` } } : {};
      const { root, ...rest } = job;
      const order = runMessage({
        attempt,
        layer: attempt,
        lower: [],
        files: [],
        limits,
        ...rest,
        ...(root === undefined ? {} : { root: { ...root, ...writable } }),
      });
      const line = keeperLine(bareOrder(order, lacking));
      const begin = performance.now();
      socket.write(line, 'latin1');
      let said = parseKeeperLine((await lines.next()).value ?? '');
      if (said.verb === 'begun') said = parseKeeperLine((await lines.next()).value ?? '');
      const ms = performance.now() - begin;
      if (said.verb !== 'exited' || field(said, 'sealed') !== '1') throw new Error(`${name}: ${JSON.stringify(said)}`);
      return ms;
    },
    end: async () => {
      const before = processorMsOfEnded();
      socket.write(keeperLine({ verb: 'quit', fields: [] }), 'latin1');
      if (child.exitCode === null) await once(child, 'exit');
      const used = processorMsOfEnded() - before;
      await keeperGone(directory);
      for (const path of [directory, join(top, `program-${name}`)]) rmSync(path, { recursive: true, force: true });
      return used;
    },
  };
}

/** Of all children of this process that have ended, and theirs: fields 16 and 17 of proc_pid_stat(5), in ticks of 10 ms. */
function processorMsOfEnded(): number {
  const [, ...fields] = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[12]) + Number(fields[13])) * 10;
}

async function* linesOf(socket: Socket): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const piece of socket) {
    const whole = (rest + String(piece)).split('\n');
    rest = whole.pop() ?? '';
    yield* whole;
  }
}

function containerFor(identity: 'builder' | 'root'): SandboxPolicy {
  return { type: 'container', identity, directory: '/workspace', environment: {} };
}

async function ended(program: string, argv: readonly string[]): Promise<void> {
  const [code] = (await once(spawn(program, argv, { stdio: 'inherit' }), 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)] ?? 0;
}

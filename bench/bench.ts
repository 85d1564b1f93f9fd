/**
 * What contractor costs, as ratios against yardsticks measured in the same run,
 * in turn (A B A B …), so that a slow moment of the machine meets both.
 *
 *     npm run bench                  prints a table in Markdown
 *     npm run bench -- --runs 9      more pairs; the default is 5
 *
 * Needs the network once, to make a Debian tree; it is kept in $BENCH_STORE, by
 * default a directory below the temporary one.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { createSupervisor, readSpecFile } from '../index.ts';
import { resumeFigures } from './resume.ts';

const { runs } = parseArgs({ options: { runs: { type: 'string', default: '5' } } }).values;
const store = process.env['BENCH_STORE'] ?? join(tmpdir(), `contractor-bench-${process.getuid?.() ?? 0}`);
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'contractor-bench-'));

interface Measure {
  readonly what: string;
  readonly against: string;
  readonly aim: string;
  readonly ours: () => void;
  readonly yardstick: () => void;
}

await debianTree();
const steps = (count: number): string => `  - action: shell\n    container-name: c\n    shell: "true"\n`.repeat(count);
const project = (name: string, count: number): string =>
  `- project: ${name}\n  build-steps:\n  - action: create-systree\n    artifact-name: systree\n    container-name: c\n  - action: empty-workspace\n${steps(count)}`;
const spec = (name: string, text: string): string => {
  const path = join(scratch, name);
  writeFileSync(path, `projects:\n${text}`);
  return path;
};
const chain = spec('chain.yaml', project('chain', 100));
const independent = spec('independent.yaml', Array.from({ length: 100 }, (_, n) => project(`p${n}`, 1)).join(''));
const one = spec('one.yaml', project('one', 1));
const build = (path: string) => (): void =>
  run(process.execPath, [cli, '--store', store, 'build', '--no-cache', '--quiet', path]);

const workspace = join(scratch, 'workspace');
mkdirSync(workspace);
const bwrap = [
  'bwrap',
  ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
  ...['--die-with-parent', '--new-session', '--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin'],
  ...['--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev'],
  ...['--tmpfs', '/tmp', '--bind', workspace, '/workspace', '--', '/bin/sh', '-euc', 'true'],
];
const loop = (count: number) => (): void =>
  run('/bin/sh', ['-euc', `n=0; while [ $n -lt ${count} ]; do "$@"; n=$((n+1)); done`, 'sh', ...bwrap]);

const measures: Measure[] = [
  {
    what: '`contractor --version`',
    against: '`node -e 0`',
    aim: '2',
    ours: () => run(process.execPath, [cli, '--version']),
    yardstick: () => run(process.execPath, ['-e', '0']),
  },
  {
    what: '`contractor validate` of 100 steps',
    against: '`node -e 0`',
    aim: '2',
    ours: () => run(process.execPath, [cli, '--store', store, 'validate', chain]),
    yardstick: () => run(process.execPath, ['-e', '0']),
  },
  {
    what: 'a chain of 100 trivial steps, records and layers included',
    against: '100 bare `bwrap` calls, one after the other',
    aim: '2',
    ours: build(chain),
    yardstick: loop(100),
  },
  {
    what: '100 independent projects of one trivial step',
    against: '100 bare `bwrap` calls, one after the other',
    aim: '–',
    ours: build(independent),
    yardstick: loop(100),
  },
  {
    what: 'a whole build: `create-systree` and `shell: true` on a Debian tree',
    against: '`tar -x` of that tree',
    aim: '–',
    ours: build(one),
    yardstick: unpackOf(),
  },
];

process.stdout.write(
  '| what | against | ours, ms | yardstick, ms | ratio (min–max) | aim |\n|---|---|---|---|---|---|\n',
);
for (const { what, against, aim, ours, yardstick } of measures) {
  ours(); // warm
  yardstick();
  const pairs = Array.from({ length: Number(runs) }, () => ({ ours: timeOf(ours), yardstick: timeOf(yardstick) }));
  const ratios = pairs.map((pair) => pair.ours / pair.yardstick).toSorted((a, b) => a - b);
  const figures = [
    median(pairs.map((pair) => pair.ours)).toFixed(0),
    median(pairs.map((pair) => pair.yardstick)).toFixed(0),
    `**${median(ratios).toFixed(2)}** (${(ratios[0] ?? 0).toFixed(2)}–${(ratios.at(-1) ?? 0).toFixed(2)})`,
  ];
  process.stdout.write(`| ${[what, against, ...figures, aim].join(' | ')} |\n`);
}
await systreeTimes();
await resumeTimes();
rmSync(scratch, { recursive: true, force: true });

async function debianTree(): Promise<void> {
  const supervisor = createSupervisor({ store });
  try {
    if (!supervisor.artifacts.list().some(({ name }) => name === 'systree')) {
      const path = fileURLToPath(new URL('../examples/hello/build.yaml', import.meta.url));
      if ((await (await supervisor.build(readSpecFile(path))).result) !== 'built') throw new Error('no Debian tree');
    }
  } finally {
    await supervisor.close();
  }
}

/** The step alone, from its own events. */
async function systreeTimes(): Promise<void> {
  const supervisor = createSupervisor({ store });
  const times: number[] = [];
  for (let n = 0; n < Number(runs); n += 1) {
    const build = await supervisor.build(readSpecFile(one), { noCache: true });
    for await (const event of build.events()) {
      if (event.type === 'step-ended' && event.step === '1-create-systree') times.push(event.durationMs);
    }
  }
  await supervisor.close();
  process.stdout.write(
    `\nThe step \`create-systree\` itself: ${median(times)} ms (aim: under 25 ms, whatever the size).\n`,
  );
}

async function resumeTimes(): Promise<void> {
  for (const [projects, perProject] of [
    [100, 100],
    [1, 10_000],
  ] as const) {
    const shape = { projects, steps: perProject, runs: Number(runs) };
    const figures = await resumeFigures({ cli, store, scratch }, shape);
    const yardstick = median(
      Array.from({ length: Number(runs) }, () => timeOf(() => run(process.execPath, ['-e', '0']))),
    );
    const ms = median(figures.firstStepMs);
    process.stdout.write(
      `\nResume of a run with 10,000 committed steps in ${projects === 1 ? 'one project' : `${projects} projects`}: the next step after ${ms.toFixed(0)} ms, ` +
        `${(ms / yardstick).toFixed(1)} times \`node -e 0\`, with at most ${Math.max(...figures.peakMegabytes).toFixed(0)} MB (aim: 500 ms, 200 MB).\n`,
    );
  }
}

function unpackOf(): () => void {
  const archive = join(scratch, 'tree.tar');
  const supervisorCli = [cli, '--store', store, 'artifact', 'export', 'systree', archive];
  run(process.execPath, supervisorCli);
  return () => {
    const target = mkdtempSync(join(scratch, 'unpacked-'));
    run('tar', ['--extract', `--file=${archive}`, '--no-same-owner', `--directory=${target}`]);
  };
}

function run(program: string, argv: readonly string[]): void {
  const { status, stderr } = spawnSync(program, argv, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
}

function timeOf(work: () => void): number {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

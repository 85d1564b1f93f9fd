import type { Command } from 'commander';
import { ContractorError } from '../../errors.ts';
import { refuseElsewhere } from './refuse-elsewhere.ts';

/** The commands that can have workers do what they do, and those that say nothing of any run. */
const WITH_WORKERS: ReadonlySet<string> = new Set(['build', 'worker', 'status', 'runs', 'logs', 'cancel']);
const OF_NO_RUN: ReadonlySet<string> = new Set(['help', 'completion', '__complete']);

/** Those that need the trees of a step, which are on a worker. */
const WITH_TREES: ReadonlySet<string> = new Set(['shell', 'diff']);

/** What a command is for that could be expected to ask workers, and does not. */
const WHY_NOT: Readonly<Record<string, readonly [why: string, mend: string]>> = {
  why: [
    'compares with what the store of this host has built; each worker takes over what its own store has',
    'Call it without `--database` on the worker that has built the project: `contractor shell --database … RUN:PROJECT` says which that is, and in which store.',
  ],
  plan: [
    'tells what the store of this host has already; which worker will take a project is not known before',
    'Leave `--database` out to check the specification; `contractor build --database …` runs what the worker has not built yet.',
  ],
  resume: [
    'goes on with a run of the store of this host; a run that workers build goes on by itself',
    'See how it stands with `contractor status --database …`, or end it with `contractor cancel --database …`.',
  ],
  lock: [
    'writes a file beside the specification, which `contractor build --database …` sends along',
    'Leave `--database` out.',
  ],
};

const OTHERS = [
  'works on the store of this host, and not on a database',
  'Leave `--database` out, or call it on the worker that has what you want to see.',
] as const;

/** Refuses `--database` to commands that would pass over it, before they do anything. @throws USAGE, STEP_UNKNOWN */
export async function assertTakesDatabase(command: Command, url: string): Promise<void> {
  const name = topName(command);
  if (WITH_WORKERS.has(name) || OF_NO_RUN.has(name) || isPrune(command)) return;
  if (WITH_TREES.has(name)) await refuseElsewhere(url, command);
  const [why, mend] = WHY_NOT[name] ?? OTHERS;
  throw new ContractorError('USAGE', `\`contractor ${name}\` ${why}.`, mend);
}

/** It asks workers what their runs need. */
function isPrune(command: Command): boolean {
  return command.name() === 'prune' && command.parent?.name() === 'artifact';
}

/** Of `contractor artifact diff`: `artifact`. */
function topName(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : topName(parent);
}

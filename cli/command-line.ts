import { Command, CommanderError, Option } from 'commander';
import { ContractorError } from '../errors.ts';
import { addArtifact } from './commands/artifact.ts';
import { addBuild } from './commands/build.ts';
import { addCancel } from './commands/cancel.ts';
import { addComplete } from './commands/complete.ts';
import { addCompletion } from './commands/completion.ts';
import { addDiff } from './commands/diff.ts';
import { addDoctor } from './commands/doctor.ts';
import { addGc } from './commands/gc.ts';
import { addGraph } from './commands/graph.ts';
import { addHelp } from './commands/help.ts';
import { addInspect } from './commands/inspect.ts';
import { addKeep } from './commands/keep.ts';
import { addLock } from './commands/lock.ts';
import { addLogs } from './commands/logs.ts';
import { addPlan } from './commands/plan.ts';
import { addReport } from './commands/report.ts';
import { addResume } from './commands/resume.ts';
import { addRun } from './commands/run.ts';
import { addRuns } from './commands/runs.ts';
import { addSchema } from './commands/schema.ts';
import { addShell } from './commands/shell.ts';
import { addStatus } from './commands/status.ts';
import { addValidate } from './commands/validate.ts';
import { addVerify } from './commands/verify.ts';
import { addWorker } from './commands/worker.ts';
import { addWhy } from './commands/why.ts';
import { addWatch } from './commands/watch.ts';
import type { Context, Output } from './context.ts';
import { errorText, exitStatusOf } from './error-text.ts';
import { EXIT } from './exit-status.ts';
import { examples } from './examples.ts';
import { paintFor } from './text/paint.ts';
import { versionText } from './version.ts';

/**
 * Does what the arguments `argv` ask for, and says what the process is to end
 * with. Refusals are printed; what is thrown is a bug.
 */
export async function runCommandLine(argv: readonly string[], context: Context): Promise<number> {
  // Asked for before the arguments are understood, as they may be what is wrong with them.
  const env = argv.includes('--no-color') ? { ...context.env, FORCE_COLOR: '0' } : context.env;
  const surroundings = { ...context, env };
  try {
    const program = commandLine(surroundings, commandNamed(argv));
    await program.parseAsync([...argv], { from: 'user' });
    return surroundings.exitStatus;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof ContractorError)) throw error;
    context.stderr.write(errorText(error, paintFor(context.stderr, env)));
    return exitStatusOf(error);
  }
}

type AddCommand = (program: Command, context: Context) => void;

/** Every command, in the order of the help. */
const COMMANDS: Readonly<Record<string, AddCommand>> = {
  build: addBuild,
  watch: addWatch,
  worker: addWorker,
  resume: addResume,
  cancel: addCancel,
  status: addStatus,
  runs: addRuns,
  logs: addLogs,
  diff: addDiff,
  shell: addShell,
  run: addRun,
  validate: addValidate,
  plan: addPlan,
  why: addWhy,
  lock: addLock,
  verify: addVerify,
  graph: addGraph,
  inspect: addInspect,
  report: addReport,
  artifact: addArtifact,
  keep: addKeep,
  gc: addGc,
  doctor: addDoctor,
  schema: addSchema,
  completion: addCompletion,
  help: addHelp,
  __complete: addComplete,
};

/** Those that speak of others. */
const NEED_ALL: ReadonlySet<AddCommand> = new Set([addCompletion, addHelp, addComplete]);

/** The command that a line asks for, when it can be told before the line is understood, and knows no other. */
function commandNamed(argv: readonly string[]): AddCommand | undefined {
  let place = 0;
  for (let word = argv[0]; word?.startsWith('-') === true; word = argv[place]) {
    const takesWord = word === '--store' || word === '--database';
    if (!takesWord && word !== '--no-color' && !/^--(store|database)=/.test(word)) return undefined;
    place += takesWord && argv[place + 1]?.startsWith('-') === false ? 2 : 1;
  }
  const name = argv[place] ?? '';
  const add = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return add === undefined || NEED_ALL.has(add) ? undefined : add;
}

/**
 * The program with all its commands, or with `only` one: what they take, and their help.
 * Nothing is loaded that only one of them needs; to describe them all takes as long as to load them.
 */
export function commandLine(context: Context, only?: AddCommand): Command {
  const paint = paintFor(context.stderr, context.env);
  const program = new Command('contractor')
    .description('Builds projects in containers on this machine, from a specification, without a server.')
    .version(versionText(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addOption(
      new Option('--store [directory]', 'where runs, logs and artifacts are kept (environment: CONTRACTOR_STORE)')
        // A bare one asks for the store; it does not take back which.
        .preset('')
        .argParser((value, before: string | true | undefined) => value || (before ?? true)),
    )
    .addOption(
      new Option(
        '--database <url>',
        'have it done by the workers of this PostgreSQL: build, worker, status, runs, logs, cancel',
      ),
    )
    .option('--no-color', 'no colours (environment: NO_COLOR, FORCE_COLOR)')
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => paint('strong', title) })
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      getOutHelpWidth: () => helpWidth(context.stdout),
      getErrHelpWidth: () => helpWidth(context.stderr),
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      outputError: (text, write) => write(usageErrorText(text)),
    })
    .exitOverride()
    .addHelpText(
      'after',
      examples([
        ['contractor build', 'build what ./build.yaml says'],
        ['contractor build build.yaml hello', 'build one project, and what it needs'],
        ['contractor logs', 'the output of the step that failed last, or runs'],
        ['contractor doctor', 'what this host lacks, and the command that mends it'],
      ]),
    );
  const usageErrorText = (text: string): string => {
    // Commander says `error: unknown option '--jbos'\n(Did you mean --jobs?)\n`.
    const [message = '', ...more] = text
      .trim()
      .replace(/^error: /, '')
      .split('\n');
    const mend = more.map((line) => line.replace(/^\((.*)\)$/, '$1')).join('\n') || 'See `contractor --help`.';
    return errorText({ message, mend }, paint);
  };
  program.hook('preAction', async (_, command) => {
    if (program.opts<{ database?: string }>().database === undefined) return;
    const [{ databaseOption }, { assertTakesDatabase }] = await Promise.all([
      import('./with-supervisor.ts'),
      import('./fleet/assert-takes-database.ts'),
    ]);
    const url = databaseOption(command);
    if (url !== undefined) await assertTakesDatabase(command, url);
  });
  for (const add of only === undefined ? Object.values(COMMANDS) : [only]) add(program, context);
  return program;
}

/** Longer lines than that are hard to read. */
function helpWidth({ columns }: Output): number {
  return Math.min(columns ?? 80, 100);
}

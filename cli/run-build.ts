import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ContractorError } from '../errors.ts';
import type { BuildOptions, BuildPolicy, Run, Supervisor } from '../index.ts';
import type { ShowOptions } from './show-options.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';
import { faceOfBuild } from './face-of-build.ts';
import { listenForInterruption } from './interruption.ts';
import { showCollected } from './progress/show-collected.ts';
import { showRun } from './progress/show-run.ts';
import type { goOnAfterPause, Start } from './pause/go-on-after-pause.ts';
import { windowSize } from './shell/connect-session.ts';
import { readPolicy } from './read-policy.ts';
import { readSpec } from './spec-file.ts';
import { neutralised } from './text/neutralised.ts';
import { withProblemsPrinted } from './print-problems.ts';
import { withSupervisor } from './with-supervisor.ts';

interface Invocation {
  readonly context: Context;
  readonly command: Command;
}

/** The options of `contractor build`. */
export interface BuildCommandOptions extends ShowOptions {
  readonly fresh?: boolean;
  readonly cache?: boolean;
  readonly rebuild?: readonly string[];
  readonly dependents?: boolean;
  readonly keepGoing?: boolean;
  readonly offline?: boolean;
  readonly dryRun?: boolean;
  readonly allowSource?: readonly string[];
  readonly artifacts?: string;
  readonly strict?: boolean;
  readonly policy?: string;
  readonly lock?: boolean;
  readonly onFailure?: 'shell' | 'pause' | 'stop';
  readonly break?: readonly string[];
}

/** The options of `contractor resume`. */
export interface ResumeCommandOptions extends ShowOptions {
  readonly then?: 'retry' | 'skip' | 'give-up';
  readonly allowSource?: readonly string[];
}

/** What `contractor build` does. */
export async function runBuild(
  { spec, projects, options }: { spec: string | undefined; projects: readonly string[]; options: BuildCommandOptions },
  invocation: Invocation,
): Promise<void> {
  const { context } = invocation;
  const policy = policyOf(options, context);
  const source = await readSpec(spec, context);
  const allowed = allowedSources(options, context);
  const asked = {
    ...(projects.length > 0 ? { projects } : {}),
    ...(options.cache === false || options.fresh === true ? { noCache: true } : {}),
    ...(options.rebuild === undefined ? {} : { rebuild: options.rebuild }),
    ...(options.dependents === true ? { dependents: true } : {}),
    ...(options.offline === true ? { offline: true } : {}),
    ...(options.lock === false ? { lock: false } : {}),
    ...(allowed.length > 0 ? { allowSources: allowed } : {}),
  };
  if (options.dryRun === true) {
    const { showPlan } = await import('./show-plan.ts');
    await showPlan(source, { ...asked, ...(options.json === true ? { json: true } : {}) }, invocation);
    return;
  }
  await withSupervisor(invocation, async (supervisor) => {
    const chosen = {
      ...jobsOf(options),
      ...asked,
      ...(options.fresh === true ? { fresh: true } : {}),
      ...(options.keepGoing === true ? { keepGoing: true } : {}),
      ...(options.strict === true ? { strict: true } : {}),
      ...(policy === undefined ? {} : { policy }),
      ...pauseOptions(options, context),
    };
    await showUntilDecided(
      { supervisor, options, opensShell: options.onFailure === 'shell', pausing: chosen },
      invocation,
      (given) =>
        withProblemsPrinted({ supervisor, source, context }, () => supervisor.build(source, { ...chosen, ...given })),
    );
  });
}

/** @throws POLICY_INVALID, USAGE */
function policyOf({ policy, dryRun }: BuildCommandOptions, { workingDirectory }: Context): BuildPolicy | undefined {
  if (policy === undefined) return undefined;
  if (dryRun !== true) return readPolicy(resolve(workingDirectory, policy));
  throw new ContractorError(
    'USAGE',
    '`--dry-run` asks other hosts what is new, and does not look at a policy.',
    'Leave one of them out.',
  );
}

/** What the user has allowed is said, whatever else is shown. */
function allowedSources(
  { allowSource = [] }: Pick<BuildCommandOptions, 'allowSource'>,
  { stderr, workingDirectory }: Context,
): string[] {
  const allowed = allowSource.map((path) => resolve(workingDirectory, path));
  for (const path of allowed)
    stderr.write(`contractor: steps may copy from ${neutralised(path)}, as --allow-source says\n`);
  return allowed;
}

/** What `contractor resume` does. */
export async function runResume(
  { run, options }: { run: string | undefined; options: ResumeCommandOptions },
  invocation: Invocation,
): Promise<void> {
  const allowSources = allowedSources(options, invocation.context);
  await withSupervisor(invocation, async (supervisor) => {
    const pausing = { ...jobsOf(options), allowSources, onFailure: 'pause' as const };
    const told = options.then === undefined ? undefined : DECISIONS[options.then];
    // A person is asked first; for anybody else to go on is to try again.
    const asked = told === undefined ? pausedRun(supervisor, run, invocation.context) : undefined;
    const start: Start = (given) =>
      supervisor.resume(run, { ...jobsOf(options), allowSources, decide: told ?? 'go-on', ...given });
    const first =
      asked === undefined
        ? start
        : await goOn(asked, { supervisor, ...invocation, opensShell: false, options: pausing });
    if (first === undefined) invocation.context.exitStatus = EXIT.failed;
    else await showUntilDecided({ supervisor, options, opensShell: false, pausing }, invocation, first);
  });
}

/** The run that is meant, when it is paused and there is a person to ask. */
function pausedRun(supervisor: Supervisor, run: string | undefined, context: Context): string | undefined {
  if (windowSize(context) === undefined) return undefined;
  const id = run ?? supervisor.runs().find(({ endedAt }) => endedAt === undefined)?.id;
  const details = id === undefined ? undefined : supervisor.run(id);
  return details?.state === 'paused' ? details.id : undefined;
}

const DECISIONS = { retry: 'go-on', skip: 'skip', 'give-up': 'give-up' } as const;

/** What is asked of the build about pausing. @throws USAGE */
function pauseOptions(
  { onFailure, break: breaks = [] }: BuildCommandOptions,
  context: Context,
): Pick<BuildOptions, 'onFailure' | 'breakBefore'> {
  if (onFailure === 'shell' && windowSize(context) === undefined) {
    throw new ContractorError(
      'USAGE',
      '`--on-failure=shell` opens a shell, and there is no terminal for it.',
      'Take `--on-failure=pause`, and `contractor shell` later.',
    );
  }
  const breakBefore = breaks.map((text) => {
    const [project = '', step = '', ...more] = text.split(':');
    if (project !== '' && step !== '' && more.length === 0) return { project, step };
    throw new ContractorError(
      'USAGE',
      `\`${text}\` does not name a step.`,
      'Write PROJECT:STEP, as `--break hello:3`.',
    );
  });
  return {
    ...(onFailure === undefined ? {} : { onFailure: onFailure === 'stop' ? 'stop' : 'pause' }),
    ...(breakBefore.length === 0 ? {} : { breakBefore }),
  };
}

const goOn: typeof goOnAfterPause = async (...words) =>
  await (await import('./pause/go-on-after-pause.ts')).goOnAfterPause(...words);

/** Shows a build; as often as it pauses, asks, and shows how it goes on. */
async function showUntilDecided(
  {
    supervisor,
    options,
    opensShell,
    pausing,
  }: {
    readonly supervisor: Supervisor;
    readonly options: ShowOptions;
    readonly opensShell: boolean;
    readonly pausing: BuildOptions;
  },
  invocation: Invocation,
  first: Start,
): Promise<void> {
  for (let start: Start | undefined = first; start !== undefined;) {
    const run: Run | undefined = await showBuild({ supervisor, options }, invocation, start);
    if (run === undefined || (await run.result) !== 'paused') return;
    // For programs it is an event.
    if (options.json || options.progress === 'json') return;
    const { onFailure, breakBefore, strict, jobs, allowSources } = pausing;
    const kept = {
      ...(allowSources === undefined ? {} : { allowSources }),
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(breakBefore === undefined ? {} : { breakBefore }),
      ...(strict === undefined ? {} : { strict }),
      ...(jobs === undefined ? {} : { jobs }),
    };
    start = await goOn(run.id, { supervisor, ...invocation, opensShell, options: kept });
  }
}

async function showBuild(
  { supervisor, options }: { supervisor: Supervisor; options: ShowOptions },
  { context, command }: Invocation,
  start: Start,
): Promise<Run | undefined> {
  using interruption = listenForInterruption(context);
  await using sender = options.inspect === undefined ? undefined : await inspectionSender(options.inspect, context);
  const run = await start({
    signal: interruption.signal,
    ...(sender?.inspect === undefined ? {} : { inspect: sender.inspect }),
  });
  if (run === undefined) return undefined;
  const face = faceOfBuild(options, supervisor, { context, command });
  context.exitStatus = await showRun(run, face, interruption);
  await showCollected(run, { context, choice: options });
  return run;
}

/** Loaded only where somebody looks into the machines. */
export async function inspectionSender(
  url: string,
  { stderr }: Context,
): Promise<AsyncDisposable & Pick<BuildOptions, 'inspect'>> {
  const { sendInspection } = await import('../inspector/wire/send-inspection.ts');
  const { send, close } = await sendInspection(url, () =>
    stderr.write('contractor: the inspector has gone; the build goes on.\n'),
  );
  return { inspect: send, [Symbol.asyncDispose]: close };
}

function jobsOf({ jobs }: ShowOptions): { jobs?: number } {
  return jobs === undefined ? {} : { jobs };
}

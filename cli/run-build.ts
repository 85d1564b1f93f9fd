import type { Command } from 'commander';
import { ContractorError } from '../errors.ts';
import type { BuildOptions, Run, Supervisor } from '../index.ts';
import type { ShowOptions } from './show-options.ts';
import type { Context } from './context.ts';
import { listenForInterruption } from './interruption.ts';
import { chooseFace } from './progress/choose-face.ts';
import type { StepReference } from './progress/face.ts';
import { showRun } from './progress/show-run.ts';
import { readSpec } from './spec-file.ts';
import { glyphsFor } from './text/glyphs.ts';
import { paintFor } from './text/paint.ts';
import { withProblemsPrinted } from './print-problems.ts';
import { ownCommand, withSupervisor } from './with-supervisor.ts';

interface Invocation {
  readonly context: Context;
  readonly command: Command;
}

/** The options of `contractor build`. */
export interface BuildCommandOptions extends ShowOptions {
  readonly fresh?: boolean;
  readonly strict?: boolean;
}

/** What `contractor build` does. */
export async function runBuild(
  { spec, projects, options }: { spec: string | undefined; projects: readonly string[]; options: BuildCommandOptions },
  invocation: Invocation,
): Promise<void> {
  const source = await readSpec(spec, invocation.context);
  await withSupervisor(invocation, async (supervisor) => {
    const chosen = {
      ...jobsOf(options),
      ...(projects.length > 0 ? { projects } : {}),
      ...(options.fresh === true ? { fresh: true } : {}),
      ...(options.strict === true ? { strict: true } : {}),
    };
    await showBuild({ supervisor, options }, invocation, (given) =>
      withProblemsPrinted({ supervisor, source, context: invocation.context }, () =>
        supervisor.build(source, { ...chosen, ...given }),
      ),
    );
  });
}

/** What `contractor resume` does. */
export async function runResume(
  { run, options }: { run: string | undefined; options: ShowOptions },
  invocation: Invocation,
): Promise<void> {
  await withSupervisor(invocation, async (supervisor) => {
    await showBuild({ supervisor, options }, invocation, (given) =>
      supervisor.resume(run, { ...jobsOf(options), ...given }),
    );
  });
}

async function showBuild(
  { supervisor, options }: { supervisor: Supervisor; options: ShowOptions },
  { context, command }: Invocation,
  start: (given: Pick<BuildOptions, 'signal' | 'inspect'>) => Promise<Run | undefined>,
): Promise<void> {
  const { stdout: output, env } = context;
  using interruption = listenForInterruption(context);
  await using sender = options.inspect === undefined ? undefined : await inspectionSender(options.inspect, context);
  const run = await start({
    signal: interruption.signal,
    ...(sender?.inspect === undefined ? {} : { inspect: sender.inspect }),
  });
  if (run === undefined) return;
  const face = chooseFace(
    options,
    {
      output,
      paint: paintFor(output, env),
      glyphs: glyphsFor(env),
      now: () => context.now(),
      logFile: (step) => logFileOf(supervisor, step),
      lastDurations: (id) => supervisor.lastDurations(id),
      command: ownCommand(command),
    },
    env['TERM'] === 'dumb',
  );
  context.exitStatus = await showRun(run, face, interruption);
}

/** Loaded only where somebody looks into the machines. */
async function inspectionSender(
  url: string,
  { stderr }: Context,
): Promise<AsyncDisposable & Pick<BuildOptions, 'inspect'>> {
  const { sendInspection } = await import('../inspector/wire/send-inspection.ts');
  const { send, close } = await sendInspection(url, () =>
    stderr.write('contractor: the inspector has gone; the build goes on.\n'),
  );
  return { inspect: send, [Symbol.asyncDispose]: close };
}

/** A step that never began has no log; that is no reason to show nothing of the build. */
function logFileOf(supervisor: Supervisor, step: StepReference): string | undefined {
  try {
    return supervisor.logFile(step);
  } catch (error) {
    if (error instanceof ContractorError) return undefined;
    throw error;
  }
}

function jobsOf({ jobs }: ShowOptions): { jobs?: number } {
  return jobs === undefined ? {} : { jobs };
}

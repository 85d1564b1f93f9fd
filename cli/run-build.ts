import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ContractorError } from '../errors.ts';
import type { Run, Supervisor } from '../index.ts';
import type { ShowOptions } from './show-options.ts';
import type { Context } from './context.ts';
import { listenForInterruption } from './interruption.ts';
import { chooseFace } from './progress/choose-face.ts';
import type { StepReference } from './progress/face.ts';
import { showRun } from './progress/show-run.ts';
import { readSpec } from './spec-file.ts';
import { glyphsFor } from './text/glyphs.ts';
import { neutralised } from './text/neutralised.ts';
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
  readonly allowSource?: readonly string[];
  readonly strict?: boolean;
}

/** What `contractor build` does. */
export async function runBuild(
  { spec, projects, options }: { spec: string | undefined; projects: readonly string[]; options: BuildCommandOptions },
  invocation: Invocation,
): Promise<void> {
  const { context } = invocation;
  const source = await readSpec(spec, context);
  const allowed = (options.allowSource ?? []).map((path) => resolve(context.workingDirectory, path));
  // What the user has allowed is said, whatever else is shown.
  for (const path of allowed)
    context.stderr.write(`contractor: steps may copy from ${neutralised(path)}, as --allow-source says\n`);
  await withSupervisor(invocation, async (supervisor) => {
    const chosen = {
      ...jobsOf(options),
      ...(projects.length > 0 ? { projects } : {}),
      ...(options.fresh === true ? { fresh: true } : {}),
      ...(allowed.length > 0 ? { allowSources: allowed } : {}),
      ...(options.strict === true ? { strict: true } : {}),
    };
    await showBuild({ supervisor, options }, invocation, (signal) =>
      withProblemsPrinted({ supervisor, source, context }, () => supervisor.build(source, { ...chosen, signal })),
    );
  });
}

/** What `contractor resume` does. */
export async function runResume(
  { run, options }: { run: string | undefined; options: ShowOptions },
  invocation: Invocation,
): Promise<void> {
  await withSupervisor(invocation, async (supervisor) => {
    await showBuild({ supervisor, options }, invocation, (signal) =>
      supervisor.resume(run, { ...jobsOf(options), signal }),
    );
  });
}

async function showBuild(
  { supervisor, options }: { supervisor: Supervisor; options: ShowOptions },
  { context, command }: Invocation,
  start: (signal: AbortSignal) => Promise<Run | undefined>,
): Promise<void> {
  const { stdout: output, env } = context;
  using interruption = listenForInterruption(context);
  const run = await start(interruption.signal);
  if (run === undefined) return;
  const face = chooseFace(
    options,
    {
      output,
      paint: paintFor(output, env),
      glyphs: glyphsFor(env),
      now: () => context.now(),
      logFile: (step) => logFileOf(supervisor, step),
      command: ownCommand(command),
    },
    env['TERM'] === 'dumb',
  );
  context.exitStatus = await showRun(run, face, interruption);
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

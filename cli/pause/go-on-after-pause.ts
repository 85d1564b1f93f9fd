import type { Command } from 'commander';
import { ContractorError } from '../../index.ts';
import type { BuildOptions, PauseDecision, Run, RunDetails, Supervisor } from '../../index.ts';
import type { Context } from '../context.ts';
import { errorText } from '../error-text.ts';
import { withProblemsPrinted } from '../print-problems.ts';
import { printRows } from '../print.ts';
import { windowSize } from '../shell/connect-session.ts';
import { editFile } from '../shell/edit-text.ts';
import { runShell } from '../shell/run-shell.ts';
import { readSpec } from '../spec-file.ts';
import { glyphsFor } from '../text/glyphs.ts';
import { paintFor } from '../text/paint.ts';
import { ownCommand } from '../with-supervisor.ts';
import { askDecision } from './ask-decision.ts';

/** Begins, or goes on with, a run. */
export type Start = (given: Pick<BuildOptions, 'signal' | 'inspect'>) => Promise<Run | undefined>;

interface Pausing {
  readonly supervisor: Supervisor;
  readonly context: Context;
  readonly command: Command;
  /** A shell is opened at a failure before anything is asked. */
  readonly opensShell: boolean;
  /** What a build of the edited specification takes over from this one. */
  readonly options: Pick<BuildOptions, 'jobs' | 'onFailure' | 'breakBefore' | 'strict' | 'allowSources'>;
}

/**
 * How a paused run goes on, as a person at a terminal says it; undefined when it is left paused. Without a
 * terminal it is, and what to type is said.
 */
export async function goOnAfterPause(id: string, pausing: Pausing): Promise<Start | undefined> {
  const { supervisor, context } = pausing;
  const decide: Record<string, PauseDecision> = {};
  if (windowSize(context) === undefined) {
    sayHow(supervisor.run(id), pausing);
    return undefined;
  }
  for (const { name, paused } of supervisor.run(id).projects) {
    if (paused === undefined) continue;
    const decision = await decisionOn({ run: id, project: name, ...paused }, pausing);
    if (decision === 'edit') return editAndBuild(id, pausing);
    if (decision === 'leave') {
      sayHow(supervisor.run(id), pausing);
      return undefined;
    }
    decide[name] = decision;
  }
  return (given) => supervisor.resume(id, { ...jobsOf(pausing), ...sourcesOf(pausing), decide, ...given });
}

interface PausedStep {
  readonly run: string;
  readonly project: string;
  readonly step: string;
  readonly because: 'failure' | 'break';
}

async function decisionOn(paused: PausedStep, pausing: Pausing): Promise<PauseDecision | 'edit' | 'leave'> {
  if (pausing.opensShell && paused.because === 'failure') await openShell(paused, pausing);
  for (;;) {
    const answer = await askDecision({ ...paused, step: `${paused.project}/${paused.step}` }, pausing.context);
    if (answer === 'shell') await openShell(paused, pausing);
    else if (answer === 'by-hand') {
      // What is made by hand needs no decision any more.
      if (await openShell(paused, pausing, true)) return 'go-on';
    } else return answer === 'retry' ? 'go-on' : answer;
  }
}

/** In a failed step; before a break, where the project stands. */
async function openShell(
  { run, project, step, because }: PausedStep,
  { supervisor, context, command }: Pausing,
  commit = false,
): Promise<boolean> {
  const reference = because === 'failure' ? `${run}:${project}:${step}` : `${run}:${project}`;
  try {
    const call = { reference, command: [], options: commit ? { commit } : {}, own: ownCommand(command) };
    return (await runShell(call, { supervisor, context }))?.type === 'kept';
  } catch (error) {
    if (!(error instanceof ContractorError)) throw error;
    context.stderr.write(errorText(error, paintFor(context.stderr, context.env)));
    return false;
  }
}

/** The specification is changed, and built: what nothing has changed of is taken over, so that it goes on from here. */
async function editAndBuild(id: string, pausing: Pausing): Promise<Start | undefined> {
  const { supervisor, context, options } = pausing;
  const { projects } = supervisor.run(id);
  const specFile = supervisor.workbench.specFile(id);
  if (specFile === undefined) {
    const error = { message: 'The specification of this run is not a file.', mend: 'Choose something else.' };
    context.stderr.write(errorText(error, paintFor(context.stderr, context.env)));
    return await goOnAfterPause(id, pausing);
  }
  await editFile(specFile, context);
  return async (given) => {
    const source = await readSpec(specFile, context);
    const run = await withProblemsPrinted({ supervisor, source, context }, () =>
      supervisor.build(source, { ...options, projects: projects.map(({ name }) => name), ...given }),
    );
    if (run !== undefined) return run;
    const start = await goOnAfterPause(id, pausing);
    return await start?.(given);
  };
}

/** What a person can type later. */
function sayHow(run: RunDetails, { context, command }: Pausing): void {
  const { next } = glyphsFor(context.env);
  const own = ownCommand(command);
  printRows(
    [
      ...run.projects.flatMap(({ name, paused }) =>
        paused === undefined
          ? []
          : ([
              {
                left: [
                  [
                    'warning',
                    `Paused at ${name}/${paused.step}: ${paused.because === 'failure' ? 'it failed' : 'a break'}.`,
                  ],
                ],
              },
            ] as const),
      ),
      { left: [['plain', `${next} ${own} resume ${run.id}  asks what to do; or say it: --then retry, skip, give-up`]] },
      { left: [['plain', `${next} ${own} shell ${run.id}`]] },
    ],
    context,
  );
}

function jobsOf({ options: { jobs } }: Pausing): { jobs?: number } {
  return jobs === undefined ? {} : { jobs };
}

function sourcesOf({ options: { allowSources } }: Pausing): { allowSources?: readonly string[] } {
  return allowSources === undefined ? {} : { allowSources };
}

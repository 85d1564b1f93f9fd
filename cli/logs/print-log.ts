import { setTimeout as sleep } from 'node:timers/promises';
import type { Supervisor } from '../../index.ts';
import type { Context } from '../context.ts';
import { chosenAttempt, namedRun, type ChosenAttempt } from './choose-attempt.ts';
import { copyLog } from './copy-log.ts';
import { harmlessText } from './harmless-text.ts';

export interface LogsOptions {
  readonly follow?: boolean;
  readonly attempt?: number;
  readonly raw?: boolean;
  readonly receipt?: boolean;
  readonly json?: boolean;
}

const POLL_MS = 200;

/** What `contractor logs` does. */
export async function printLog(
  { supervisor, context }: { supervisor: Supervisor; context: Context },
  reference: string,
  options: LogsOptions,
): Promise<void> {
  const { run: named, words } = namedRun(reference, supervisor);
  const chosen = chosenAttempt(named, words, options);
  const { run, project, step, attempt } = chosen;
  const file = supervisor.logFile({ run, project, step, attempt: attempt.number });
  if (words.step === undefined) {
    // On the standard error, so that a pipe gets the log alone.
    context.stderr.write(`contractor: log of ${run}:${project}:${step}, attempt ${attempt.number}\n`);
  }

  const harmless = context.stdout.isTTY && !options.raw ? harmlessText() : undefined;
  const sink = { output: context.stdout, ...(harmless === undefined ? {} : { translate: harmless.next }) };
  let offset = await copyLog(file, 0, sink);
  while (options.follow && isRunning(supervisor, chosen)) {
    await sleep(POLL_MS);
    offset = await copyLog(file, offset, sink);
  }
  // What was written between the last look at the file and the end of the attempt.
  if (options.follow) await copyLog(file, offset, sink);
  if (harmless !== undefined) context.stdout.write(harmless.rest());
}

function isRunning(supervisor: Supervisor, { run, project, step, attempt }: ChosenAttempt): boolean {
  const details = supervisor.run(run);
  const now = details.projects
    .find(({ name }) => name === project)
    ?.steps.find(({ id }) => id === step)
    ?.attempts.find(({ id }) => id === attempt.id);
  return details.state === 'running' && now !== undefined && now.endedAt === undefined;
}

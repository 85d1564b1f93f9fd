import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContractorError } from '../../errors.ts';
import type { RunDetails } from '../../index.ts';
import type { Context } from '../context.ts';
import { chosenAttempt, stepWords } from '../logs/choose-attempt.ts';
import { harmlessText } from '../logs/harmless-text.ts';
import type { LogsOptions } from '../logs/print-log.ts';
import { neutralisedLine } from '../text/neutralised.ts';

const POLL_MS = 300;

/** What `contractor logs --database` does. */
export async function printFleetLog(
  url: string,
  {
    context,
    reference,
    options,
  }: { readonly context: Context; readonly reference: string; readonly options: LogsOptions },
): Promise<void> {
  const [{ withFleet }, { findRun, allEvents, runDetails, logParts }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/read-runs.ts'),
  ]);
  await withFleet(url, async ({ database }) => {
    const words = stepWords(reference);
    const { id } = await findRun(database, words.run);
    const details = async (): Promise<RunDetails> =>
      runDetails(await findRun(database, id), await allEvents(database, id));
    const { run, project, step, attempt } = chosenAttempt(await details(), words, options);
    if (words.step === undefined) {
      context.stderr.write(
        neutralisedLine(`contractor: log of ${run}:${project}:${step}, attempt ${attempt.number}`) + '\n',
      );
    }
    const harmless = context.stdout.isTTY && !options.raw ? harmlessText() : undefined;
    let from = 0;
    const copy = async (): Promise<void> => {
      for (;;) {
        const parts = await logParts(database, { run, attempt: attempt.id, from });
        if (parts.length === 0) return;
        for (const bytes of parts) {
          from += bytes.length;
          if (!context.stdout.write(harmless === undefined ? bytes : harmless.next(bytes))) {
            await once(context.stdout, 'drain');
          }
        }
      }
    };
    await copy();
    while (options.follow && isRunning(await details(), { project, step, attempt: attempt.id })) {
      await sleep(POLL_MS);
      await copy();
    }
    // What came between the last look and the end of the attempt.
    if (options.follow) await copy();
    if (harmless !== undefined) context.stdout.write(harmless.rest());
    if (from === 0 && attempt.reusedFrom !== undefined) throw notHere(run);
  });
}

function isRunning(
  run: RunDetails,
  { project, step, attempt }: { readonly project: string; readonly step: string; readonly attempt: string },
): boolean {
  const own = run.projects.find(({ name }) => name === project);
  const found = own?.steps.find(({ id }) => id === step)?.attempts.find(({ id }) => id === attempt);
  return run.state === 'running' && own?.result === undefined && found !== undefined && found.endedAt === undefined;
}

function notHere(run: string): ContractorError {
  return new ContractorError(
    'STEP_UNKNOWN',
    `That step of run ${run} was not run: its result is that of an earlier build of the worker.`,
    'Look at the log of that build, on the worker.',
  );
}

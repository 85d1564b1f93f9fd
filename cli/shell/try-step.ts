import { ContractorError, outcomeText } from '../../index.ts';
import type { Comparison, Supervisor } from '../../index.ts';
import type { Context, Output } from '../context.ts';
import { changeRows } from '../diff/change-rows.ts';
import { attemptNamed } from '../diff/state-words.ts';
import { harmlessText } from '../logs/harmless-text.ts';
import { printRows } from '../print.ts';
import { glyphsFor } from '../text/glyphs.ts';
import { listenForInterruption } from '../interruption.ts';
import { editedText } from './edit-text.ts';
import { outcomeStatus } from './outcome-status.ts';

export interface TryOptions {
  readonly command?: string;
  readonly edit?: boolean;
}

/** What `contractor run` does. */
export async function tryStep(
  { reference, options, own }: { reference: string; options: TryOptions; own: string },
  { supervisor, context }: { supervisor: Supervisor; context: Context },
): Promise<void> {
  const { run, project, step: id, attempt } = attemptNamed(reference, supervisor);
  const name = `${run}:${project}:${id}`;
  const { workbench } = supervisor;
  const step = workbench.step({ run, project, step: id });
  const specFile = workbench.specFile(run);
  const script = step.parameters['shell'];
  if (typeof script !== 'string') {
    throw new ContractorError(
      'STEP_UNKNOWN',
      `\`${name}\` runs no commands of yours: it is a \`${step.action}\` step.`,
      'Name a `shell` step.',
    );
  }
  const changed =
    options.edit === true ? await editedText(options.command ?? script, 'step.sh', context) : options.command;
  using interruption = listenForInterruption(context);
  const session = await workbench.open(
    { type: 'step', run, project, step: id, attempt: attempt.number, moment: 'before' },
    changed === undefined ? {} : { script: changed },
  );
  session.data.end();
  interruption.signal.addEventListener('abort', () => void session.end());
  const shown = Promise.all([copied(session.data, context.stdout), copied(session.errors, context.stdout)]);
  const outcome = await session.outcome;
  let changes: Comparison | undefined;
  if (!interruption.signal.aborted) changes = await session.changes();
  await session.end();
  await shown;
  if (changes === undefined) {
    context.exitStatus = outcomeStatus({ type: 'cancelled' });
    return;
  }
  const glyphs = glyphsFor(context.env);
  const isGood = outcome.type === 'succeeded';
  printRows(
    [
      {
        left: [
          [isGood ? 'good' : 'bad', `${isGood ? glyphs.built : glyphs.failed} `],
          ['strong', name],
          [isGood ? 'good' : 'bad', `  ${outcomeText(outcome)}`],
          ['faint', '; nothing of it is kept'],
        ],
      },
      ...changeRows(changes, glyphs),
    ],
    context,
  );
  if (isGood && changed !== undefined && changed !== script) {
    const [file, build] =
      specFile === undefined ? ['the specification', `${own} build`] : [specFile, `${own} build ${specFile}`];
    printRows(
      [{ left: [['plain', `${glyphs.next} To keep it, write the commands into ${file}, then ${build}`]] }],
      context,
    );
  }
  context.exitStatus = outcomeStatus(outcome);
}

/** Hands on what a step writes, as its log would be shown. */
async function copied(from: AsyncIterable<unknown>, to: Output): Promise<void> {
  const harmless = to.isTTY === true ? harmlessText() : undefined;
  for await (const piece of from) to.write(harmless === undefined ? (piece as Buffer) : harmless.next(piece as Buffer));
  to.write(harmless?.rest() ?? '');
}

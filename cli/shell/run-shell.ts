import { outcomeText } from '../../index.ts';
import type { Outcome, SessionOptions, StepStateReference, Supervisor } from '../../index.ts';
import type { Context } from '../context.ts';
import { attemptNamed } from '../diff/state-words.ts';
import type { ChosenAttempt } from '../logs/choose-attempt.ts';
import { paintFor, type Tone } from '../text/paint.ts';
import { rowText } from '../text/row.ts';
import { connectPipes, connectTerminal, windowSize } from './connect-session.ts';
import { EXIT } from '../exit-status.ts';
import { keepByHand, type Kept } from './keep-by-hand.ts';
import { outcomeStatus } from './outcome-status.ts';

export interface ShellOptions {
  readonly before?: boolean;
  readonly after?: boolean;
  readonly network?: boolean;
  readonly commit?: boolean;
}

/** bash where the tree has it; else its sh. Neither reads a file of its own first, so that the prompt stays ours. */
const INTERACTIVE = 'if command -v bash >/dev/null; then exec bash --norc -i; else exec sh -i; fi';

/** Finds a command along the PATH of the container. */
const FOUND = 'exec "$@"';

export interface ShellCall {
  readonly reference: string;
  readonly command: readonly string[];
  readonly options: ShellOptions;
  /** How a person calls contractor on this store. */
  readonly own: string;
}

/** What `contractor shell` does; what became of its files, when it was to be the result of the step. */
export async function runShell(
  { reference, command, options, own }: ShellCall,
  { supervisor, context }: { supervisor: Supervisor; context: Context },
): Promise<Kept | undefined> {
  const chosen = attemptNamed(reference, supervisor);
  const state = shellState(chosen, options);
  const size = windowSize(context);
  const isInteractive = command.length === 0 && size !== undefined;
  const say = (tone: Tone, text: string): void => {
    const { stderr, env } = context;
    stderr.write(
      `${rowText({ left: [[tone, `contractor: ${text}`]] }, { width: Infinity, paint: paintFor(stderr, env) })}\n`,
    );
  };
  const session = await supervisor.workbench.open(
    state,
    sessionOptions({ chosen, state, command, options, size, env: context.env }),
  );
  if (isInteractive) {
    const own = session.borrowed === undefined ? '; `sh -eu /run/step` runs its commands' : '';
    say('plain', `${chosen.run}:${chosen.project}:${chosen.step}, ${placeText(chosen, state)}${own}`);
    say(
      'plain',
      options.commit === true
        ? 'When you leave, what you have made of the files can be the result of the step.'
        : 'What is changed in here is gone when you leave.',
    );
  }
  if (session.borrowed !== undefined) {
    say('warning', `The step runs in no container: this is \`${session.borrowed}\`, with the workspace of the step.`);
  }
  if (options.network === true) say('warning', 'This shell has the network of this host, which the step has not.');
  const connect = size === undefined ? connectPipes : connectTerminal;
  let kept: Kept | undefined;
  const keep = async (outcome: Outcome): Promise<void> => {
    kept = await keepByHand({ session, outcome, asks: isInteractive }, context);
  };
  const outcome = await connect(session, { context, ...(options.commit === true ? { beforeEnd: keep } : {}) });
  if (outcome.type === 'refused') say('bad', `error: ${outcome.message}`);
  context.exitStatus = outcomeStatus(outcome);
  if (kept?.type === 'not-kept') say('warning', `Nothing is kept, as ${kept.because}; the run is as it was.`);
  if (kept?.type === 'kept') {
    const { run, project, step } = chosen;
    say('good', `${run}:${project}:${step} is made by hand now, as attempt ${kept.attempt}.`);
    say('plain', `To go on after it: ${own} resume ${run}`);
    context.exitStatus = EXIT.done;
  }
  return kept;
}

/** The state that is asked for; where none is, the one that there is to look at. */
function shellState(
  { run, project, step, attempt }: ChosenAttempt,
  { before, after }: ShellOptions,
): StepStateReference {
  const isThere = attempt.outcome !== undefined && !LEAVES_NOTHING.has(attempt.outcome.type);
  const moment = before === true || (after !== true && !isThere) ? 'before' : 'after';
  return { type: 'step', run, project, step, attempt: attempt.number, moment };
}

/** Nothing was run, or nothing of it was kept. */
const LEAVES_NOTHING: ReadonlySet<Outcome['type']> = new Set(['refused', 'interrupted'] as const);

function placeText({ attempt: { outcome } }: ChosenAttempt, { moment }: StepStateReference): string {
  if (moment === 'before' || outcome === undefined) return 'as it was before the step';
  return outcome.type === 'succeeded' ? 'as the step left it' : `where it failed (${outcomeText(outcome)})`;
}

function sessionOptions({
  chosen,
  state,
  command,
  options,
  size,
  env,
}: {
  readonly chosen: ChosenAttempt;
  readonly state: StepStateReference;
  readonly command: readonly string[];
  readonly options: ShellOptions;
  readonly size: { rows: number; columns: number } | undefined;
  readonly env: Context['env'];
}): SessionOptions {
  const asked = {
    ...(options.network === true ? { network: true } : {}),
    ...(options.commit === true ? { commit: true } : {}),
  };
  const named = ['/bin/sh', '-c', FOUND, 'sh', ...command];
  if (size === undefined) return { ...asked, command: command.length > 0 ? named : ['/bin/sh'] };
  const moment = state.moment === 'before' ? ' before' : '';
  return {
    ...asked,
    terminal: size,
    command: command.length > 0 ? named : ['/bin/sh', '-c', INTERACTIVE],
    environment: {
      ...(/^[\w.+-]+$/.test(env['TERM'] ?? '') ? { TERM: env['TERM'] ?? '' } : {}),
      PS1: `${chosen.project}/${chosen.step}${moment}:$PWD$ `,
    },
  };
}

import { ContractorError } from '../../index.ts';
import type { StateReference, Supervisor } from '../../index.ts';
import { chosenAttempt, namedRun, type ChosenAttempt } from '../logs/choose-attempt.ts';

/** The attempt that `RUN:PROJECT:STEP#NUMBER` names; what is left out is chosen as `contractor logs` does. */
export function attemptNamed(text: string, supervisor: Supervisor): ChosenAttempt {
  const [, reference = '', number] = /^(.*?)(?:#(\d+))?$/s.exec(text) ?? [];
  if (reference.includes('#')) {
    throw new ContractorError(
      'USAGE',
      `\`${text}\` does not name an attempt.`,
      'Write RUN:PROJECT:STEP#NUMBER, as in `contractor diff k3x9:hello:3#1`.',
    );
  }
  const { run, words } = namedRun(reference, supervisor);
  return chosenAttempt(run, words, number === undefined ? {} : { attempt: Number(number) });
}

/** The states before and after one step, or after each of two. */
export function statesNamed(
  [first, second]: readonly [first: string, second: string | undefined],
  supervisor: Supervisor,
): readonly [StateReference, StateReference] {
  const one = attemptNamed(first, supervisor);
  if (second === undefined) return [stateOf(one, 'before'), stateOf(one, 'after')];
  return [stateOf(one, 'after'), stateOf(attemptNamed(second, supervisor), 'after')];
}

/** Whether a word names a state rather than a path: a path with a colon begins with `./` or `/`. */
export function namesState(word: string): boolean {
  return /^[\w#]*:/.test(word);
}

function stateOf({ run, project, step, attempt }: ChosenAttempt, moment: 'before' | 'after'): StateReference {
  return { type: 'step', run, project, step, attempt: attempt.number, moment };
}

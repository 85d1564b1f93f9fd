import { ContractorError } from '../errors.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import { isLeftByHand } from './end-left-by-hand.ts';
import { findRun, projectsOfRun } from './run-records.ts';
import type { AttemptReference } from './attempt-reference.ts';

/** A step of a recorded run, and the attempt of it that is meant. */
export interface FoundAttempt {
  readonly run: string;
  readonly project: string;
  readonly step: Step;
  readonly record: AttemptRecord;
}

/** The attempt that a reference names; by default the newest of its step. @throws RUN_UNKNOWN, PROJECT_UNKNOWN, STEP_UNKNOWN */
export function findAttempt(store: Store, { run, project, step, attempt }: AttemptReference): FoundAttempt {
  const { id } = findRun(store, run);
  const steps = projectsOfRun(store, id).find(({ name }) => name === project)?.steps;
  if (steps === undefined) {
    throw new ContractorError(
      'PROJECT_UNKNOWN',
      `Run \`${id}\` has no project \`${project}\`.`,
      'See `contractor status`.',
    );
  }
  const found = steps.find((each, index) => each.id === step || String(index + 1) === step);
  if (found === undefined) {
    const known = steps.map((each) => `\`${each.id}\``).join(', ');
    throw new ContractorError('STEP_UNKNOWN', `Project \`${project}\` has no step \`${step}\`.`, `It has ${known}.`);
  }
  const attempts = store.listAttempts(id, project).filter((each) => each.step === found.id && !isLeftByHand(each));
  const record = attempt === undefined ? attempts.at(-1) : attempts.find(({ number }) => number === attempt);
  if (record === undefined) {
    throw new ContractorError(
      'STEP_UNKNOWN',
      `Step \`${found.id}\` of \`${project}\` has ${attempt === undefined ? 'not been run' : `no attempt ${attempt}`}.`,
      'See `contractor status`.',
    );
  }
  return { run: id, project, step: found, record };
}

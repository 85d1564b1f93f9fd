import type { AttemptRecord } from '../store/records/attempts.ts';
import type { StepInput } from '../machines/project-machine.ts';
import type { ArtifactPlace } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import { causeOfChange } from './assess/cause-of-change.ts';
import { causeText } from './assess/cause-text.ts';
import type { StepPlace } from './attempt.ts';
import { recordReuse } from './record-reuse.ts';
import { projectsOfRun } from './run-records.ts';
import { reusableResult } from './reusable-result.ts';
import { stepKey, stepKeyInputs } from './step-key.ts';
import type { KeyOfStep, StepKeyInputs } from './step-key.ts';
import { haveSameLimits } from './step-limits.ts';
import { usedArtifacts } from './used-artifacts.ts';

/** Asks for everything that a step's result depends on. What cannot be had, the step itself will refuse. */
export async function keyOfStep({ tree }: StepInput, { step, action, world }: StepPlace): Promise<KeyOfStep> {
  let artifacts: readonly ArtifactPlace[] = [];
  let isTold = true;
  try {
    const names = usedArtifacts(step, action.declaration);
    artifacts = names.flatMap((name) => world.artifact(name) ?? []);
    isTold = artifacts.length === names.length;
  } catch (error) {
    if (!(error instanceof ContractorError)) throw error;
    isTold = false;
  }
  const outside = await world.outside.ask(step);
  if (action.outside !== undefined && outside === undefined) isTold = false;
  const keyInputs = stepKeyInputs(step, { action, tree, artifacts, outside });
  return { ...(isTold ? { key: stepKey(keyInputs) } : {}), keyInputs };
}

/**
 * Takes over what an earlier run has made of a step with the same key: its result; or the attempt
 * that still runs, of an unfinished run of an older version of the same file.
 *
 * Gives the attempt as one of this run, or nothing. What such a run has finished, and is not
 * taken over, is said to be dropped, and why.
 */
export function takeOver(place: StepPlace, { key, keyInputs }: KeyOfStep): AttemptRecord | undefined {
  const { project, step, world } = place;
  const { store, run, events, continues } = world;
  let isGone: string | undefined;
  if (key !== undefined && world.refusesReuse(project, step) === undefined) {
    let taken: string | undefined;
    // In one transaction with the look for it, so that nobody removes it in between.
    events.commit((record) => {
      const found = reusableResult({ project, key, before: world.begunAt, notOf: run }, world);
      if (found?.type === 'gone') isGone = found.what;
      if (found?.type !== 'reusable') return;
      taken = recordReuse({ step, key, keyInputs, found }, { ...world, project }, record);
      record({
        type: 'step-reused',
        project,
        step: step.id,
        attempt: 1,
        attemptId: taken,
        from: found.attempt.run,
      });
    });
    if (taken !== undefined) return store.getAttempt(taken);
    // A keeper is a project's own, so only what it runs of the same project can be gone on with.
    const running = store.runningWithKey(continues, key);
    if (running?.project === project && running.bootId === world.bootId && isHeldAlike(running, place)) {
      store.moveAttempt(running.id, { run, step: step.id });
      return store.getAttempt(running.id);
    }
  }
  const counterpart = continues.map((each) => store.succeededAttempt(each, project, step.id)).find(Boolean);
  if (counterpart !== undefined) {
    const before = store.keyInputs(counterpart.id) as StepKeyInputs | undefined;
    const cause = before && causeOfChange(step, { before, now: keyInputs }, world);
    const because =
      before === undefined
        ? 'what it depended on is not known'
        : cause === undefined
          ? `${isGone ?? 'what it made'} is gone`
          : causeText(cause);
    events.commit((record) => record({ type: 'step-dropped', project, step: step.id, from: counterpart.run, because }));
  }
  return undefined;
}

/** Whether an attempt runs under the limits that the step has now. */
function isHeldAlike({ run, project, step: id }: AttemptRecord, { step, world }: StepPlace): boolean {
  const before = projectsOfRun(world.store, run).find(({ name }) => name === project);
  return before?.steps.some((each) => each.id === id && haveSameLimits(each, step)) === true;
}

import type { AttemptRecord } from '../store/records/attempts.ts';
import type { StepInput } from '../machines/project-machine.ts';
import type { ArtifactPlace } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import type { AttemptResult, StepPlace } from './attempt.ts';
import { stepKey, stepKeyInputs, whyOther } from './step-key.ts';
import type { StepKeyInputs } from './step-key.ts';
import { usedArtifacts } from './used-artifacts.ts';

/** What a step's result depends on, and the hash of it; no key where that cannot be told. */
export interface KeyOfStep {
  readonly key?: string;
  readonly keyInputs: StepKeyInputs;
}

/** Asks for everything that a step's result depends on. What cannot be had, the step itself will refuse. */
export async function keyOfStep({ tree }: StepInput, { step, action, world }: StepPlace): Promise<KeyOfStep> {
  let artifacts: readonly ArtifactPlace[] = [];
  let isTold = true;
  try {
    artifacts = usedArtifacts(step, action.declaration).flatMap((name) => world.artifact(name) ?? []);
  } catch (error) {
    if (!(error instanceof ContractorError)) throw error;
    isTold = false;
  }
  const outside = await action.outside?.(step, world);
  if (action.outside !== undefined && outside === undefined) isTold = false;
  const keyInputs = stepKeyInputs(step, { tree, artifacts, outside });
  return { ...(isTold ? { key: stepKey(keyInputs) } : {}), keyInputs };
}

/**
 * Takes over what an unfinished run of an older version of the same file has made
 * of a step with the same key: its result, or the attempt that still runs.
 *
 * Gives the attempt as one of this run, or nothing. A finished step that is not
 * taken over is said to be dropped, and why.
 */
export function takeOver(place: StepPlace, { key, keyInputs }: KeyOfStep): AttemptRecord | undefined {
  const { project, step, world } = place;
  const { store, run, events, continues } = world;
  const found = key === undefined ? undefined : store.attemptWithKey(continues, key);
  const published = found?.type === 'ended' ? (found.result as AttemptResult).published : undefined;
  const isGone = published !== undefined && store.findArtifact(published.name, published.version) === undefined;
  if (found?.type === 'ended' && !isGone) {
    const id = world.newId();
    const startedAt = world.now();
    events.commit((record) => {
      store.reuseAttempt(
        {
          id,
          run,
          project,
          step: step.id,
          number: 1,
          machineAttempt: 1,
          keeper: '',
          bootId: world.bootId,
          startedAt,
          ...(key === undefined ? {} : { key }),
          keyInputs,
        },
        found,
      );
      if (published !== undefined) store.recordUse(run, published);
      record({ type: 'step-reused', project, step: step.id, attempt: 1, attemptId: id, from: found.run });
    });
    return store.getAttempt(id);
  }
  // A keeper is a project's own, so only what it runs of the same project can be gone on with.
  if (found?.type === 'running' && found.project === project && found.bootId === world.bootId) {
    store.moveAttempt(found.id, { run, step: step.id });
    return store.getAttempt(found.id);
  }
  const counterpart = continues.map((each) => store.succeededAttempt(each, project, step.id)).find(Boolean);
  if (counterpart !== undefined) {
    const before = store.keyInputs(counterpart.id) as StepKeyInputs | undefined;
    const because = isGone
      ? 'the artifact that it made is gone'
      : before === undefined
        ? 'what it depended on is not known'
        : whyOther(before, keyInputs);
    events.commit((record) => record({ type: 'step-dropped', project, step: step.id, from: counterpart.run, because }));
  }
  return undefined;
}

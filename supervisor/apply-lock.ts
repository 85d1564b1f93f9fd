import type { ActionSet } from '../actions/action-set.ts';
import { createHash } from 'node:crypto';
import { LOCKED_PACKAGES } from '../actions/package-lock.ts';
import type { BuildSpec, Json, JsonObject, Project, Step } from '../spec-schema/build-spec.ts';
import { unfit } from './package-lock.ts';
import type { PackageLock } from './package-lock.ts';

/** The steps of projects that a lock is about. */
export function lockableSteps(
  projects: readonly Project[],
  actions: ActionSet,
): { readonly project: string; readonly step: Step }[] {
  return projects.flatMap(({ name, steps }) =>
    steps.filter(({ action }) => actions.named(action).isLockable === true).map((step) => ({ project: name, step })),
  );
}

/** A digest of what a step is asked for, without the lock itself. */
export function parametersDigest({ parameters }: Step): string {
  const { [LOCKED_PACKAGES]: _, ...asked } = parameters;
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** The specification with the packages of the lock in its steps. @throws LOCK_UNFIT when it is of other steps */
export function lockedSpec(
  spec: BuildSpec,
  { lock, path, actions }: { readonly lock: PackageLock; readonly path: string; readonly actions: ActionSet },
): BuildSpec {
  const packagesOf = new Map<Step, JsonObject>();
  for (const { project, step } of lockableSteps(spec.projects, actions)) {
    const locked = lock.steps.find((each) => each.project === project && each.step === step.id);
    if (locked?.parameters !== parametersDigest(step)) {
      throw unfit(
        `The lock ${path} ${locked === undefined ? 'does not have' : 'is of other parameters of'} the step \`${project}:${step.id}\`.`,
      );
    }
    packagesOf.set(step, { ...step.parameters, [LOCKED_PACKAGES]: locked.packages as unknown as Json });
  }
  return {
    projects: spec.projects.map((project) => ({
      ...project,
      steps: project.steps.map((step) => ({ ...step, parameters: packagesOf.get(step) ?? step.parameters })),
    })),
  };
}

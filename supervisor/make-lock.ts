import type { ActionSet } from '../actions/action-set.ts';
import { ContractorError } from '../errors.ts';
import type { BuildSpec, Project, Step } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import { lockableSteps, parametersDigest } from './apply-lock.ts';
import type { LockedStep, PackageLock } from './package-lock.ts';
import type { Receipt } from './receipt.ts';

/**
 * The lock of what the newest builds of the file have installed, as the receipts of its steps tell.
 *
 * @throws LOCK_UNFIT for a step that was not built as it is now
 */
export function makeLock(
  projects: readonly Project[],
  { store, actions, file }: { readonly store: Store; readonly actions: ActionSet; readonly file: string },
): PackageLock {
  const runs = store.listRuns().filter(({ source }) => source === file);
  const steps = lockableSteps(projects, actions).map(({ project, step }): LockedStep => {
    const wanted = parametersDigest(step);
    for (const run of runs) {
      const built = (store.getRun(run.id)?.spec as BuildSpec | undefined)?.projects.find(
        ({ name }) => name === project,
      );
      const then = built?.steps.find(({ id }) => id === step.id);
      const attempt = then === undefined ? undefined : store.succeededAttempt(run.id, project, step.id);
      if (then === undefined || attempt === undefined || parametersDigest(then) !== wanted) continue;
      const packages = installedBy(attempt, store);
      if (packages !== undefined) return { project, step: step.id, parameters: wanted, packages };
    }
    throw notBuilt(project, step);
  });
  return { format: 'contractor-lock/1', steps };
}

function installedBy({ id, reusedFrom }: AttemptRecord, store: Store): LockedStep['packages'] | undefined {
  const text = store.getReceipt(reusedFrom ?? id);
  const { installed } = (text === undefined ? {} : JSON.parse(text)) as Partial<Receipt>;
  return installed?.map(({ name, version, architecture, origin, sha256 }) => ({
    name,
    version,
    architecture,
    ...(origin === undefined ? {} : { origin }),
    ...(sha256 === undefined ? {} : { sha256 }),
  }));
}

function notBuilt(project: string, step: Step): ContractorError {
  return new ContractorError(
    'LOCK_UNFIT',
    `\`${project}:${step.id}\` has not been built in this store as the specification has it now, so it is not known what it installs.`,
    `Build it: \`contractor build --no-lock ${project}\`.`,
  );
}

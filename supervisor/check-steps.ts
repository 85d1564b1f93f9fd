import type { ActionSet } from '../actions/action-set.ts';
import { ContractorError } from '../errors.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { UnsignedSource } from './build-event.ts';

/**
 * Refuses a specification with a step that its action tells to be impossible here: before any work is done.
 *
 * @throws HOST_UNSUITABLE, REPOSITORY_REFUSED
 */
export function assertStepsPossible(
  projects: readonly Project[],
  { actions, ...place }: { readonly specDirectory: string; readonly actions: ActionSet },
): void {
  for (const { name, steps } of projects) {
    for (const step of steps) {
      try {
        actions.named(step.action).assertPossible?.(step, place);
      } catch (error) {
        if (!(error instanceof ContractorError)) throw error;
        const { code, message, mend, cause } = error;
        throw new ContractorError(code, `${name}:${step.id}: ${message}`, mend, { cause });
      }
    }
  }
}

/** What steps take although nobody has signed it. */
export function unsignedSources(projects: readonly Project[], actions: ActionSet): UnsignedSource[] {
  return projects.flatMap(({ name, steps }) =>
    steps.flatMap((step) =>
      (actions.named(step.action).unsignedSources?.(step) ?? []).map((source) => ({
        project: name,
        step: step.id,
        source,
      })),
    ),
  );
}

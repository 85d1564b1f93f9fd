import { ContractorError } from '../errors.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { UnsignedSource } from './build-event.ts';
import { actionNamed } from './action-named.ts';

/**
 * Refuses a specification with a step that its action tells to be impossible here: before any work is done.
 *
 * @throws HOST_UNSUITABLE, REPOSITORY_REFUSED
 */
export function assertStepsPossible(projects: readonly Project[], place: { readonly specDirectory: string }): void {
  for (const { name, steps } of projects) {
    for (const step of steps) {
      try {
        actionNamed(step.action).assertPossible?.(step, place);
      } catch (error) {
        if (!(error instanceof ContractorError)) throw error;
        const { code, message, mend, cause } = error;
        throw new ContractorError(code, `${name}:${step.id}: ${message}`, mend, { cause });
      }
    }
  }
}

/** What steps take although nobody has signed it. */
export function unsignedSources(projects: readonly Project[]): UnsignedSource[] {
  return projects.flatMap(({ name, steps }) =>
    steps.flatMap((step) =>
      (actionNamed(step.action).unsignedSources?.(step) ?? []).map((source) => ({
        project: name,
        step: step.id,
        source,
      })),
    ),
  );
}

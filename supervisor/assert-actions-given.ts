import type { ActionSet } from '../actions/action-set.ts';
import { ContractorError } from '../errors.ts';
import type { Project } from '../spec-schema/build-spec.ts';

/**
 * Refuses recorded projects with steps of actions that this supervisor was not given, before any of their work.
 *
 * @throws ACTION_NOT_GIVEN
 */
export function assertActionsGiven(projects: readonly Project[], actions: ActionSet): void {
  for (const { name, steps } of projects) {
    for (const step of steps) {
      try {
        actions.named(step.action);
      } catch (error) {
        if (!(error instanceof ContractorError)) throw error;
        throw new ContractorError(error.code, `${name}:${step.id}: ${error.message}`, error.mend);
      }
    }
  }
}

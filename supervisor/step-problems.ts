import type { ActionSet } from '../actions/action-set.ts';
import type { BuildSpec } from '../spec-schema/build-spec.ts';
import type { FoundProblem } from '../spec-schema/parse-build-spec.ts';
import { ContractorError } from '../errors.ts';
import { assertSourcesInside } from './check-sources.ts';

/**
 * What is wrong with files of this host that a specification names. What it names outside of its own directory is not
 * looked at: a build asks first whether it may be.
 */
export function stepProblems(
  { projects }: BuildSpec,
  place: { readonly specDirectory: string; readonly now: number; readonly actions: ActionSet },
): FoundProblem[] {
  return projects.flatMap((project, projectIndex) =>
    project.steps.flatMap((step, stepIndex) => {
      const { problems } = place.actions.named(step.action);
      if (problems === undefined || !isInside({ ...project, steps: [step] }, place)) return [];
      return problems(step, place).map(({ path, code, message, mend }) => ({
        path: ['projects', projectIndex, 'build-steps', stepIndex, ...path],
        code,
        message,
        suggestion: mend,
      }));
    }),
  );
}

function isInside(
  project: BuildSpec['projects'][number],
  { specDirectory, actions }: { readonly specDirectory: string; readonly actions: ActionSet },
): boolean {
  try {
    assertSourcesInside([project], { specDirectory, allowed: [], actions });
    return true;
  } catch (error) {
    if (error instanceof ContractorError) return false;
    throw error;
  }
}

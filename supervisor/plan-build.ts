import type { BuildSpec } from '../spec-schema/build-spec.ts';
import type { Plan } from './plan.ts';
import { actionNamed, chosenProjects } from './spec-source.ts';

/** What a build of `names` would do, each step with its isolation. Runs nothing. */
export function planBuild(spec: BuildSpec, names: readonly string[] | undefined): Plan {
  return {
    projects: chosenProjects(spec, names).map(({ name, dependsOn, steps }) => ({
      name,
      dependsOn,
      steps: steps.map((step) => ({
        id: step.id,
        title: step.title,
        isolation: actionNamed(step.action).isolation(step),
        ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
        retries: step.retries ?? 0,
      })),
    })),
  };
}

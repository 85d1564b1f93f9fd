import { flag, text } from '../actions/parameters.ts';
import { expectedWitness } from '../sandbox/expected-witness.ts';
import type { ExpectedWitness } from '../sandbox/expected-witness.ts';
import { readHostLayout } from '../sandbox/host-layout.ts';
import { MOUNTED } from '../sandbox/policy.ts';
import type { BuildSpec, Step } from '../spec-schema/build-spec.ts';
import type { Plan } from './plan.ts';
import { actionNamed, chosenProjects } from './spec-source.ts';

/** What a build of `names` would do, each step with its isolation. Runs nothing. */
export function planBuild(spec: BuildSpec, names: readonly string[] | undefined): Plan {
  return {
    projects: chosenProjects(spec, names).map(({ name, dependsOn, steps }) => ({
      name,
      dependsOn,
      steps: steps.map((step) => {
        const expected = expectedOf(step, steps);
        return {
          id: step.id,
          title: step.title,
          isolation: actionNamed(step.action).isolation(step),
          ...(expected === undefined ? {} : { expected }),
          ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
          retries: step.retries ?? 0,
        };
      }),
    })),
  };
}

function expectedOf(step: Step, steps: readonly Step[]): ExpectedWitness | undefined {
  const policy = actionNamed(step.action).policy?.(step, {
    isWritable: (container) => steps.some((each) => makes(container, each) && flag(each, 'writable')),
    hostMount: () => MOUNTED.host(0),
  });
  return policy && expectedWitness(policy, { layout: readHostLayout(), files: [] });
}

function makes(container: string, step: Step): boolean {
  const { makesContainer } = actionNamed(step.action).declaration;
  return makesContainer !== undefined && text(step, makesContainer) === container;
}

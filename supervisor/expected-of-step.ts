import { flag, text } from '../actions/parameters.ts';
import { expectedWitness } from '../sandbox/expected-witness.ts';
import type { ExpectedWitness } from '../sandbox/expected-witness.ts';
import { readHostLayout } from '../sandbox/host-layout.ts';
import type { AttemptLimits } from '../sandbox/limits/attempt-limits.ts';
import { MOUNTED } from '../sandbox/policy.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import { actionNamed } from './action-named.ts';

/** What the kernel will have to show around the command of a step, which is one of `steps`; undefined when it has no command. */
export function expectedOfStep(
  step: Step,
  { steps, limits }: { readonly steps: readonly Step[]; readonly limits: AttemptLimits },
): ExpectedWitness | undefined {
  const policy = actionNamed(step.action).policy?.(step, {
    isWritable: (container) => steps.some((each) => makes(container, each) && flag(each, 'writable')),
    hostMount: () => MOUNTED.host(0),
  });
  return policy && expectedWitness(policy, { layout: readHostLayout(), files: [], limits });
}

function makes(container: string, step: Step): boolean {
  const { makesContainer } = actionNamed(step.action).declaration;
  return makesContainer !== undefined && text(step, makesContainer) === container;
}

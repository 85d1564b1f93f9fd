import type { ActionSet } from '../actions/action-set.ts';
import { flag, text } from '../actions/parameters.ts';
import { expectedWitness } from '../sandbox/expected-witness.ts';
import { landlockVersion } from '../sandbox/host/landlock.ts';
import { readHostLayout } from '../sandbox/host-layout.ts';
import { landlockBounds } from '../sandbox/landlock-bounds.ts';
import type { AttemptLimits } from '../sandbox/limits/attempt-limits.ts';
import { MOUNTED } from '../sandbox/policy.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { PlannedStep } from './plan.ts';

/** What the network leaves steps, as this host has it at the time. */
export interface NetworkBounds {
  readonly landlockVersion: number;
  readonly ports: ReadonlyMap<Step, readonly number[]>;
}

/** What the kernel will have to show around the command of a step, which is one of `steps`; undefined when it has no command. */
export function expectedOfStep(
  step: Step,
  {
    steps,
    limits,
    actions,
    bounds,
  }: {
    readonly steps: readonly Step[];
    readonly limits: AttemptLimits;
    readonly actions: ActionSet;
    readonly bounds: NetworkBounds;
  },
): PlannedStep['expected'] {
  const policy = actions.named(step.action).policy?.(step, {
    isWritable: (container) => steps.some((each) => makes(container, each, actions) && flag(each, 'writable')),
    hostMount: () => MOUNTED.host(0),
  });
  if (policy === undefined) return undefined;
  const { landlockVersion: version, ports } = bounds;
  const landlock = landlockBounds(policy, { version, ports: ports.get(step) ?? [] });
  return {
    ...expectedWitness(policy, { layout: readHostLayout(), files: [], limits }),
    ...(landlock === undefined ? {} : { landlock }),
  };
}

/** That for these steps. The host is asked once for all of them, and not where none is in its network. */
export async function networkBounds(steps: readonly Step[], actions: ActionSet): Promise<NetworkBounds> {
  const inNetwork = steps.filter((step) => actions.named(step.action).isolation(step).network);
  const byAction = [...Map.groupBy(inNetwork, ({ action }) => action)];
  const [version, ...ports] = await Promise.all([
    inNetwork.length === 0 ? 0 : landlockVersion(),
    ...byAction.map(async ([action, those]) => {
      const found = await actions.named(action).ports?.(those);
      return those.map((step, index) => [step, found?.[index] ?? []] as const);
    }),
  ]);
  return { landlockVersion: version, ports: new Map(ports.flat()) };
}

function makes(container: string, step: Step, actions: ActionSet): boolean {
  const { makesContainer } = actions.named(step.action).declaration;
  return makesContainer !== undefined && text(step, makesContainer) === container;
}

import { compareStates, versionsAt } from './compare-states.ts';
import type { CompareWorld } from './compare-states.ts';
import type { Workbench } from './workbench.ts';

/** The {@link Workbench} of a store. */
export function openWorkbench(world: CompareWorld): Workbench {
  return {
    compare: (from, to, options = {}) => compareStates([from, to], options, world),
    versions: (from, to, options) => versionsAt([from, to], options, world),
  };
}

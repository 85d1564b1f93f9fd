import { compareStates, versionsAt } from './compare-states.ts';
import { openSession } from './open-session.ts';
import type { SessionWorld } from './open-session.ts';
import type { Workbench } from './workbench.ts';

/** The {@link Workbench} of a store. */
export function openWorkbench(world: SessionWorld): Workbench {
  return {
    compare: (from, to, options = {}) => compareStates([from, to], options, world),
    versions: (from, to, options) => versionsAt([from, to], options, world),
    open: (state, options = {}) => openSession(state, options, world),
  };
}

import { compareStates, versionsAt } from './compare-states.ts';
import { findAttempt } from './find-attempt.ts';
import { openSession } from './open-session.ts';
import type { SessionWorld } from './open-session.ts';
import type { Workbench } from './workbench.ts';

/** The {@link Workbench} of a store. */
export function openWorkbench(world: SessionWorld): Workbench {
  return {
    compare: (from, to, options = {}) => compareStates([from, to], options, world),
    versions: (from, to, options) => versionsAt([from, to], options, world),
    step: (reference) => {
      const { run, step } = findAttempt(world.store, reference);
      const source = world.store.getRun(run)?.source ?? undefined;
      return { step, ...(source === undefined ? {} : { specFile: source }) };
    },
    open: (state, options = {}) => openSession(state, options, world),
  };
}

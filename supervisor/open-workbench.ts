import { findAttempt } from './find-attempt.ts';
import type { SessionWorld } from './open-session.ts';
import type { Workbench } from './workbench.ts';

/** The {@link Workbench} of a store on this host. What works on trees is loaded when it is asked for. */
export function openWorkbench(place: Omit<SessionWorld, 'sandbox'>): Workbench {
  const world = async (): Promise<SessionWorld> => ({ ...place, sandbox: (await import('./sandbox.ts')).hostSandbox });
  return {
    compare: async (from, to, options = {}) => {
      const { compareStates } = await import('./compare-states.ts');
      return await compareStates([from, to], options, await world());
    },
    versions: async (from, to, options) => {
      const { versionsAt } = await import('./compare-states.ts');
      return await versionsAt([from, to], options, await world());
    },
    step: (reference) => {
      const { run, step } = findAttempt(place.store, reference);
      const source = place.store.getRun(run)?.source ?? undefined;
      return { step, ...(source === undefined ? {} : { specFile: source }) };
    },
    open: async (state, options = {}) => {
      const { openSession } = await import('./open-session.ts');
      return await openSession(state, options, await world());
    },
  };
}

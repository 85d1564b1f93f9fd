import { findAttempt } from './find-attempt.ts';
import { findRun } from './run-records.ts';
import type { SessionWorld } from './session-world.ts';
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
    step: (reference) => findAttempt(place.store, reference).step,
    specFile: (run) => findRun(place.store, run).source ?? undefined,
    open: async (state, options = {}) => {
      const { openSession } = await import('./open-session.ts');
      return await openSession(state, options, await world());
    },
  };
}

import type { CompareWorld } from './compare-states.ts';
import type { Workbench } from './workbench.ts';

/** The {@link Workbench} of a store on this host. What works on trees is loaded when it is asked for. */
export function openWorkbench(place: Omit<CompareWorld, 'sandbox'>): Workbench {
  const world = async (): Promise<CompareWorld> => ({ ...place, sandbox: (await import('./sandbox.ts')).hostSandbox });
  return {
    compare: async (from, to, options = {}) => {
      const { compareStates } = await import('./compare-states.ts');
      return await compareStates([from, to], options, await world());
    },
    versions: async (from, to, options) => {
      const { versionsAt } = await import('./compare-states.ts');
      return await versionsAt([from, to], options, await world());
    },
  };
}

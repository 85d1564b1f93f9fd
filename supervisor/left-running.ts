import type { RunWorld } from './run-world.ts';

/**
 * Says that the work on a project ends here because its run is left: what runs in its keeper goes on, and whoever
 * resumes the run finds everything as after a crash. It is neither an outcome nor a refusal, and nothing is recorded of it.
 */
export class LeftRunning extends Error {
  constructor() {
    super('the run is left for another supervisor');
  }
}

/** To be asked before anything is begun that a run which is left must not begin. @throws LeftRunning */
export function assertNotLeft({ leaving }: Pick<RunWorld, 'leaving'>): void {
  if (leaving.aborted) throw new LeftRunning();
}

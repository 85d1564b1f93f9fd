import { readdirSync } from 'node:fs';

/** What this process holds that a run may have left behind. */
export interface HeldResources {
  readonly descriptors: number;
  /** Timers, pipes, processes, … that keep the event loop alive or could. */
  readonly handles: number;
  /** Of the process itself, of all its events. */
  readonly listeners: number;
  /** What lives after a whole collection, in megabytes; NaN without `--expose-gc`. */
  readonly heapMegabytes: number;
}

/** Counts it, once nothing that is on its way out is left. */
export async function heldResources(): Promise<HeldResources> {
  // Of a process that has ended the streams are closed some turns later.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const collect = globalThis.gc;
  if (collect !== undefined) for (let turn = 0; turn < 3; turn += 1) collect();
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    handles: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heapMegabytes: collect === undefined ? NaN : process.memoryUsage().heapUsed / 1e6,
  };
}

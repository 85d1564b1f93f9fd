import { setTimeout as wait } from 'node:timers/promises';
import type { Clocks } from '../clocks.ts';

/** Time, for what waits and tells. */
export interface Clock extends Clocks {
  /** Resolves after so long, or when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const hostWait: Pick<Clock, 'wait'> = {
  wait: async (ms, signal) => await wait(ms, undefined, { signal }).catch(() => undefined),
};

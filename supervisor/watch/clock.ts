import { setTimeout as wait } from 'node:timers/promises';

/** Time, for what waits. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so long, or when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => await wait(ms, undefined, { signal }).catch(() => undefined),
};

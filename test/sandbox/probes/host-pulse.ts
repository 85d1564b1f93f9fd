import { spawn } from 'node:child_process';

/** How long a command on the host takes to answer, asked again and again until it is stopped. */
export interface HostPulse {
  /** The longest that one took, in milliseconds. */
  stop(): Promise<number>;
}

export function hostPulse(): HostPulse {
  let slowest = 0;
  const stopping = new AbortController();
  const beats = (async () => {
    while (!stopping.signal.aborted) {
      const began = performance.now();
      await new Promise((resolve) => {
        spawn('/bin/sh', ['-c', 'cat /proc/loadavg'], { stdio: 'ignore' }).once('close', resolve);
      });
      slowest = Math.max(slowest, performance.now() - began);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await beats;
      return slowest;
    },
  };
}

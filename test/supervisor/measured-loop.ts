import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

/** How late the event loop was, in milliseconds, and for how long it computed without a pause. */
export interface LoopFigures {
  readonly delayP99: number;
  readonly delayMax: number;
  /** Processor time of this thread between two ticks of a timer of 1 ms: what else runs on the machine does not show in it. */
  readonly busyP99: number;
  readonly busyMax: number;
  /** The same of those times that were longer than 2 ms, the 90th of 100. */
  readonly longP90: number;
  readonly seconds: number;
}

const RESOLUTION_MS = 1;

/** Does some work, and looks how late the event loop is meanwhile. */
export async function measuredLoop(work: () => Promise<void>): Promise<LoopFigures> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const [busy, long] = [createHistogram(), createHistogram()];
  let before = threadMicroseconds();
  const ticks = setInterval(() => {
    const now = threadMicroseconds();
    const taken = Math.max(1, now - before);
    busy.record(taken);
    if (taken > 2000) long.record(taken);
    before = now;
  }, RESOLUTION_MS);
  const began = performance.now();
  delays.enable();
  await wait(10); // So that there is a tick before it all.
  await work();
  await wait(10);
  delays.disable();
  clearInterval(ticks);
  // The time of the timer itself is in what is counted.
  const late = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  return {
    delayP99: late(delays.percentile(99)),
    delayMax: late(delays.max),
    busyP99: busy.percentile(99) / 1000,
    busyMax: busy.max / 1000,
    longP90: long.count === 0 ? 0 : long.percentile(90) / 1000,
    seconds: (performance.now() - began) / 1000,
  };
}

function threadMicroseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

import type { BuildEvent, Run, RunResult } from '../../../index.ts';

/** A run that has these events and this end; while it waits for nothing, it is over at once. */
export function playedRun(
  events: readonly BuildEvent[],
  result: RunResult,
  { until = Promise.resolve() }: { until?: Promise<unknown> } = {},
): Run {
  return {
    id: 'r1',
    async *events() {
      yield* events.slice(0, 1);
      await until;
      yield* events.slice(1);
    },
    result: until.then(() => result),
    collected: Promise.resolve(undefined),
    cancel() {},
  };
}

import type { BuildEvent } from '../../../supervisor/build-event.ts';

/** What is later is of no host. */
const OTHER_TIMES = Date.UTC(2100, 0, 1);

/** The clock of a program in one of its lives: of other years than all others, and it goes backwards. */
export function otherClock(life: number): () => number {
  let at = OTHER_TIMES + 1e14 - life * 1e12;
  return () => (at -= 1000);
}

/** The times that some kinds of events have. */
interface TimesOfEvent {
  readonly durationMs?: number;
  readonly until?: number;
  readonly startedAt?: number;
}

/** What is wrong with the times of events: each that is told has to be of a program's clock, and what took how long of the host's alone. */
export function timeProblems(events: readonly BuildEvent[], longestMs: number): readonly string[] {
  return events
    .filter((event) => {
      const { at, durationMs = 0, until = at, startedAt = at } = event as BuildEvent & TimesOfEvent;
      const isTold = [at, until, startedAt].every((time) => time >= OTHER_TIMES);
      return !isTold || durationMs < 0 || durationMs > longestMs;
    })
    .map((event) => `a time of another clock: ${JSON.stringify(event)}`);
}

import { checkedClock } from './checked-clock.ts';

/**
 * The two clocks of a supervisor, which are the same one unless a program has given its own. What comes of the one is
 * never compared with what comes of the other.
 *
 * | clock | what it is for |
 * |---|---|
 * | `now` | what is recorded to be told, and how old a record is for a policy |
 * | `hostNow` | deadlines and waits, times of files, what keepers and other processes note, how long something took, in which order things came |
 *
 * So a program's clock, whatever it says, makes no deadline longer, nothing that lives old, and nothing that was removed new.
 */
export interface Clocks {
  /** Milliseconds since 1970 by the program's clock. */
  readonly now: () => number;
  /** The same by the host's, which nobody gives. */
  readonly hostNow: () => number;
}

/** When something happened: by the host's clock, and as it is told. */
export interface Moment {
  readonly host: number;
  readonly told: number;
}

/** This moment. */
export function momentOf({ now, hostNow }: Clocks): Moment {
  const host = hostNow();
  return { host, told: now === hostNow ? host : now() };
}

/** Those of a supervisor; without a clock of the program's own the host's is both. */
export function clocksOf(own?: () => number): Clocks {
  const hostNow = (): number => Date.now();
  return { now: own === undefined ? hostNow : checkedClock(own), hostNow };
}

import type { Run } from '../run.ts';
import type { Clock } from './clock.ts';
import { NO_HINTS, together } from './hints.ts';
import type { HintBox, Hints } from './hints.ts';
import type { Change, WatchEvent } from './watch.ts';
import type { LookedProject } from './what-to-build.ts';

export type WatchRefused = Extract<WatchEvent, { type: 'watch-refused' }>;

/** A look at something that cannot be built. */
export interface Refused {
  readonly type: 'refused';
  readonly notices: readonly WatchEvent[];
  readonly refusal: WatchRefused;
}

/** A look that has found how it stands with each project. */
export interface Found {
  readonly type: 'found';
  readonly notices: readonly WatchEvent[];
  /** Each after those it needs. */
  readonly projects: readonly LookedProject[];
  /** What is another than at the last look, and no hint has told. */
  readonly changes: readonly Change[];
  /** Something changed while it was looked at, so that it could not be told. */
  readonly isUnsettled: boolean;
}

/** What is watched with. */
export interface WatchPorts<L extends Found> extends Clock {
  readonly hints: HintBox;
  /** Looks at what these hints name, at what was never looked at, and at how it stands with each project. */
  look(hints: Hints): Promise<Refused | L>;
  build(found: L, projects: readonly string[]): Promise<Run>;
  readonly restart: boolean;
}

/** After a hint as long nothing must come, so that a burst of them is one: editors and `git checkout` write many files. */
const QUIET_MS = 200;
/** A burst that lasts longer is taken for several. */
const LONGEST_BURST_MS = 5_000;
/** How often something is looked at again that changes just then. */
const MOST_LOOKS = 4;

/** Looks until nothing changes any more while it is looked at, within reason; with what was told of changes by then. */
export async function settledLook<L extends Found>(
  ports: WatchPorts<L>,
  signal: AbortSignal,
): Promise<{ readonly look: Refused | L; readonly told: Hints }> {
  const { hints, hostNow } = ports;
  const until = hostNow() + LONGEST_BURST_MS;
  const notices: WatchEvent[] = [];
  let told = NO_HINTS;
  for (let times = 1; ; times += 1) {
    const taken = hints.take();
    const look = await ports.look(taken);
    notices.push(...look.notices);
    const found = look.type === 'found' ? look.changes : [];
    told = together(told, { ...taken, changes: [...taken.changes, ...found] });
    const isSettled = hints.isEmpty && !(look.type === 'found' && look.isUnsettled);
    if (isSettled || times === MOST_LOOKS || hostNow() >= until || signal.aborted) {
      return { look: { ...look, notices }, told };
    }
    await joined(ports, signal);
  }
}

/** Waits until no hint has come for a moment; of an endless stream of them, not for ever. */
export async function joined(
  { hints, hostNow, wait }: Pick<WatchPorts<Found>, 'hints' | 'hostNow' | 'wait'>,
  signal: AbortSignal,
): Promise<void> {
  const until = hostNow() + LONGEST_BURST_MS;
  let count: number;
  do {
    ({ count } = hints);
    await wait(QUIET_MS, signal);
  } while (count !== hints.count && hostNow() < until && !signal.aborted);
}

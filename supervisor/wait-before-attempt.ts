import { LONGEST_BACK_OFF_MS } from '../machines/what-follows.ts';
import type { StepInput } from '../machines/project-machine.ts';
import { momentOf } from './clocks.ts';
import type { RunWorld } from './run-world.ts';

/**
 * Waits until `notBefore`, and says so first; ends at once when that is past or
 * `signal` aborts. The time is absolute, so a supervisor that goes on with a run
 * waits only for what is left of it. A clock that was set back does not make it
 * wait for longer than any back-off is. `notBefore` is of the host's clock; until
 * when it waits is said by the one that times are told by.
 */
export async function waitBeforeAttempt(
  { step, notBefore }: Pick<StepInput, 'step' | 'notBefore'>,
  {
    project,
    attempt,
    world,
    signal,
  }: {
    readonly project: string;
    /** The number of the attempt that begins afterwards. */
    readonly attempt: number;
    readonly world: Pick<RunWorld, 'events' | 'now' | 'hostNow'>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { host, told } = momentOf(world);
  if (notBefore === undefined || notBefore <= host || signal.aborted) return;
  const waitMs = Math.min(notBefore - host, LONGEST_BACK_OFF_MS);
  world.events.commit((record) => record({ type: 'step-waiting', project, step, attempt, until: told + waitMs }));
  // A timer may be a millisecond ahead of the clock.
  await timeOrAbort(waitMs + 1, signal);
}

/** Waits so long, or until `signal` is aborted. */
export function timeOrAbort(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

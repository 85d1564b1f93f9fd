import { ContractorError } from '../errors.ts';
import type { Run } from './run.ts';

/** What becomes of the steps that run when a supervisor is closed. */
export interface CloseOptions {
  /**
   * `stop`: runs are cancelled. `leave`: no step is begun any more, and those that run go on in their keepers; the runs stay
   * unfinished, their `result` is `left`, and the next supervisor adopts what still runs or takes what has ended. Default: `stop`.
   */
  readonly steps?: 'stop' | 'leave';
}

/**
 * The runs of one supervisor that are under way, and what is about to become one; closed together.
 *
 * What was asked for before the call of {@link close} is begun, and then stopped or left like the rest, so that its
 * caller gets a run and no build is lost in between. What is asked for meanwhile is refused.
 */
export class OpenRuns {
  readonly #live = new Set<Run>();
  readonly #pending = new Set<Promise<unknown>>();
  #closing = new AbortController();
  #leaving = new AbortController();
  #closed: Promise<void> | undefined;

  /** Aborted as soon as the supervisor is to be closed, in whichever way. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Aborted when what runs is to be left. */
  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Does something that {@link close} has to wait for. @throws SUPERVISOR_CLOSING */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) {
      throw new ContractorError(
        'SUPERVISOR_CLOSING',
        'This supervisor is being closed, and begins nothing any more.',
        'Wait until `close()` has resolved, or use another supervisor.',
      );
    }
    const working = work();
    const ended = working.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.add(ended);
    try {
      return await working;
    } finally {
      this.#pending.delete(ended);
    }
  }

  add(run: Run): Run {
    this.#live.add(run);
    const forget = (): boolean => this.#live.delete(run);
    run.collected.then(forget, forget);
    return run;
  }

  /** Resolves when nothing is under way any more and `end` was called. A second call joins the first. */
  async close({ steps = 'stop' }: CloseOptions, end: () => void): Promise<void> {
    this.#closed ??= this.#close(steps)
      .then(end)
      .finally(() => {
        this.#closing = new AbortController();
        this.#leaving = new AbortController();
        this.#closed = undefined;
      });
    await this.#closed;
  }

  async #close(steps: 'stop' | 'leave'): Promise<void> {
    // First, as a watch that hears of the other cancels its build.
    if (steps === 'leave') this.#leaving.abort('program');
    this.#closing.abort('program');
    while (this.#live.size + this.#pending.size > 0) {
      if (steps === 'stop') for (const run of this.#live) run.cancel();
      const runs = [...this.#live].flatMap((run) => [run.result, run.collected]);
      await Promise.allSettled([...runs, ...this.#pending]);
    }
  }
}

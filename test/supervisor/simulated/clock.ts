interface Timer {
  at: number;
  readonly fn: () => void;
  readonly everyMs: number | undefined;
  /** Of a simulated process, that takes its timers with it when it dies; undefined for the world itself. */
  readonly owner: object | undefined;
}

/** When the host's clock begins. */
export const BEGIN: number = Date.UTC(2000, 0, 1);

/** More timers than any of the small runs here has: something waits for ever. */
const MOST_TICKS = 20_000;

/**
 * The time of a simulated world, which passes only when nothing else can happen.
 * While {@link installed} it is behind the global timers too.
 */
export class SimulatedClock {
  /** Whose the timers are that are set from now on. */
  owner: object | undefined;
  /** What was thrown out of a timer: an uncaught exception, in a real process. */
  readonly uncaught: unknown[] = [];
  #now = BEGIN;
  #timers: Timer[] = [];
  #ticks = 0;

  readonly now = (): number => this.#now;

  at(time: number, fn: () => void): () => void {
    const timer = this.#add({ at: time, fn, everyMs: undefined, owner: undefined });
    return () => this.#remove(timer);
  }

  forget(owner: object): void {
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
  }

  /** Goes on to the next timer and fires it. */
  tick(limit: number = Infinity): void {
    const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
    if (next === undefined || (this.#ticks += 1) > MOST_TICKS) throw new Error('it waits for ever');
    if (next.at > limit) return void (this.#now = limit);
    this.#now = Math.max(this.#now, next.at);
    if (next.everyMs === undefined) this.#remove(next);
    else next.at = this.#now + next.everyMs;
    try {
      next.fn();
    } catch (error) {
      this.uncaught.push(error);
    }
  }

  /** Time passes in which nobody but the world itself does anything. */
  pass(ms: number): void {
    const until = this.#now + ms;
    this.at(until, () => undefined);
    while (this.#now < until) this.tick(until);
  }

  /** Puts the clock behind the global timers while `fn` runs. */
  async installed<Result>(fn: () => Promise<Result>): Promise<Result> {
    const real = { setTimeout, setInterval, clearTimeout, clearInterval };
    const set = (fn: () => void, ms: number, everyMs: number | undefined): unknown => {
      const timer = this.#add({ at: this.#now + Math.max(1, ms), fn, everyMs, owner: this.owner });
      const handle = { timer, ref: () => handle, unref: () => handle };
      return handle;
    };
    const clear = (handle: { timer: Timer } | undefined): void => {
      if (handle !== undefined) this.#remove(handle.timer);
    };
    Object.assign(globalThis, {
      setTimeout: (callback: () => void, ms = 0) => set(callback, ms, undefined),
      setInterval: (callback: () => void, ms = 0) => set(callback, ms, Math.max(1, ms)),
      clearTimeout: clear,
      clearInterval: clear,
    });
    try {
      return await fn();
    } finally {
      Object.assign(globalThis, real);
    }
  }

  #add(timer: Timer): Timer {
    this.#timers.push(timer);
    return timer;
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
  }
}

/** Until everything that can happen without time passing has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

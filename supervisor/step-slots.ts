interface Waiting {
  readonly run: string;
  readonly begin: () => void;
}

/**
 * The bound on steps that run at once over all runs of a supervisor.
 *
 * Fair between runs: a free slot goes to the run that has the fewest steps running, and among those to the step that
 * waits for longest. So a build of three steps does not wait for a build of a thousand that began before it.
 */
export class StepSlots {
  readonly #most: number;
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<string, number>();
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A slot for one attempt; when `signal` aborts first, none, as the attempt is not to begin then. */
  async take(run: string, signal: AbortSignal): Promise<Disposable> {
    if (signal.aborted) return NONE;
    if (this.#taken < this.#most) return this.occupy(run);
    return await new Promise((resolve) => {
      const stop = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(NONE);
      };
      const waiting: Waiting = {
        run,
        begin: () => {
          signal.removeEventListener('abort', stop);
          resolve(this.occupy(run));
        },
      };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** For an attempt that runs already, as an earlier process began it: it counts, and waits for nobody. */
  occupy(run: string): Disposable {
    this.#taken += 1;
    this.#running.set(run, this.#of(run) + 1);
    return {
      [Symbol.dispose]: () => {
        this.#taken -= 1;
        const left = this.#of(run) - 1;
        if (left === 0) this.#running.delete(run);
        else this.#running.set(run, left);
        this.#pass();
      },
    };
  }

  #pass(): void {
    while (this.#taken < this.#most && this.#waiting.length > 0) {
      const fewest = Math.min(...this.#waiting.map(({ run }) => this.#of(run)));
      const next = this.#waiting.findIndex(({ run }) => this.#of(run) === fewest);
      this.#waiting.splice(next, 1)[0]?.begin();
    }
  }

  #of(run: string): number {
    return this.#running.get(run) ?? 0;
  }
}

const NONE: Disposable = { [Symbol.dispose]: () => undefined };

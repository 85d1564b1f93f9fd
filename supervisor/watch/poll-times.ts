const LONGEST_MS = 15 * 60_000;
const MOST_DOUBLINGS = 6;

/**
 * When to ask others again: regularly, and less and less often as long as they do not answer. Each time is a little off,
 * so that many who watch do not ask at once.
 */
export class PollTimes {
  readonly #everyMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(everyMs: number, random: () => number = Math.random) {
    this.#everyMs = everyMs;
    this.#random = random;
  }

  /** How long to wait, after it was asked and answered, or not. */
  after(result: 'answered' | 'failed'): number {
    this.#failures = result === 'answered' ? 0 : this.#failures + 1;
    const base = this.#everyMs * 2 ** Math.min(this.#failures, MOST_DOUBLINGS);
    const bounded = Math.min(base, Math.max(LONGEST_MS, this.#everyMs));
    return Math.round(bounded * (0.9 + 0.2 * this.#random()));
  }
}

/** How long the thread is kept at once. */
const KEPT_MS = 5;

/** Work that takes long, done in pieces: the program around us has its thread back in between. */
export class Turn {
  #since = performance.now();

  /** Whether the thread was kept for long enough. */
  get isOver(): boolean {
    return performance.now() - this.#since >= KEPT_MS;
  }

  /** Resolves at once as long as the turn is not over; else when all that waits for the thread has had its own. */
  async rest(): Promise<void> {
    if (!this.isOver) return;
    await turnOfOthers();
    this.#since = performance.now();
  }
}

/** Resolves when all that waits for the thread has had its turn. */
export async function turnOfOthers(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

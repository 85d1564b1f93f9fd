import type { Store } from '../store/open-store.ts';
import { syncFileSystems } from './sync-file-systems.ts';
import type { SyncFileSystems } from './sync-file-systems.ts';

/** How long a record may be ahead of the disk, as long as the build goes on. */
const BEHIND_MS = 10_000;

/**
 * Makes what a build records durable, behind it: no step waits for the disk.
 *
 *     attempts end ──► noted ──► flush of the disk ──► marked durable
 *
 * What is marked was flushed before the mark was written, so a mark that survives
 * a power cut is true. Publishing, and ending a run, only wait for {@link flush}.
 */
export class Flusher {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #sync: SyncFileSystems;
  readonly #behindMs: number;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor({
    store,
    now,
    sync = syncFileSystems,
    behindMs = BEHIND_MS,
  }: {
    readonly store: Store;
    /** The host's clock: files are compared with it after a power cut. */
    readonly now: () => number;
    readonly sync?: SyncFileSystems;
    readonly behindMs?: number | undefined;
  }) {
    this.#store = store;
    this.#now = now;
    this.#sync = sync;
    this.#behindMs = behindMs;
  }

  /** Something was recorded: flush it before long. */
  noteRecord(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((error: unknown) => (this.#failure ??= error as Error));
    }, this.#behindMs).unref();
  }

  /** Everything recorded until now is durable when this resolves. @throws STORE_UNUSABLE when the disk fails */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const before = this.#flushing;
    this.#flushing = before.catch(() => undefined).then(() => this.#flushOnce());
    await this.#flushing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Flushes nothing more of its own accord. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async #flushOnce(): Promise<void> {
    const { paths } = this.#store;
    const flushedAt = this.#now();
    const recorded = this.#store.undurable();
    if (recorded.attempts.length === 0 && recorded.artifacts.length === 0) return;
    await this.#sync([paths.directory, paths.trees]);
    this.#store.markDurable(recorded, flushedAt);
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import type { Moment } from './blow.ts';
import { LINGERING_STEPS } from './specification.ts';

/** How far a life is. */
export class Progress {
  #steps = 0;
  /** The projects in which a step that lingers runs. */
  readonly #lingering = new Set<string>();
  readonly #end = new AbortController();
  #wake: () => void = () => undefined;

  get ended(): boolean {
    return this.#end.signal.aborted;
  }

  stepBegan(project: string, step: string | undefined): void {
    this.#steps++;
    if (LINGERING_STEPS.has(`${project}/${step}`)) this.#lingering.add(project);
    this.#wake();
  }

  stepEnded(project: string): void {
    this.#lingering.delete(project);
    this.#wake();
  }

  projectEnded(): void {
    this.#wake();
  }

  end(): void {
    this.#end.abort();
    this.#wake();
  }

  /** Resolves at a moment, but not as long as `isBarred`, which only what is told here can end; or when the life has ended before. */
  async reach({ steps, ms, lingering }: Moment, isBarred: () => boolean): Promise<void> {
    const isBegun = (): boolean => this.#steps >= steps && (lingering !== true || this.#lingering.size > 0);
    while (!this.ended && (!isBegun() || isBarred())) await this.#change();
    await wait(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
    while (!this.ended && isBarred()) await this.#change();
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

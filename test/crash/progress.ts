import { setTimeout as wait } from 'node:timers/promises';
import type { Moment } from './blow.ts';
import { LINGERING_STEPS } from './specification.ts';

/** How far a life is. */
export class Progress {
  #steps = 0;
  /** Of which a step has begun in this life. */
  readonly #projects = new Set<string>();
  /** The projects in which a step that lingers runs. */
  readonly #lingering = new Set<string>();
  /** The projects that may have lost a keeper, and in which no step has ended well since. */
  readonly #struck = new Set<string>();
  readonly #end = new AbortController();
  #wake: () => void = () => undefined;

  get ended(): boolean {
    return this.#end.signal.aborted;
  }

  stepBegan(project: string, step: string | undefined): void {
    this.#steps++;
    this.#projects.add(project);
    if (LINGERING_STEPS.has(`${project}/${step}`)) this.#lingering.add(project);
    this.#wake();
  }

  stepEnded(project: string, outcome: string | undefined): void {
    this.#lingering.delete(project);
    if (outcome === 'interrupted') this.#struck.add(project);
    else this.#settle(project);
    this.#wake();
  }

  projectEnded(project: string): void {
    this.#projects.delete(project);
    this.#settle(project);
    this.#wake();
  }

  /** A blow has met a keeper: of any of the projects, or of one that has not begun a step in this life. */
  helperStruck(): void {
    for (const project of this.#projects.size > 0 ? this.#projects : [UNKNOWN]) this.#struck.add(project);
  }

  end(): void {
    this.#end.abort();
    this.#wake();
  }

  /**
   * Resolves at a moment, or when the life has ended before. If so wanted, no step can have lost its keeper then and not
   * ended since: the third time in a row contractor gives it up, and rightly so.
   */
  async reach({ steps, ms, lingering }: Moment, withoutLoss: boolean): Promise<void> {
    const isAfterBlow = (): boolean => withoutLoss && this.#struck.size > 0;
    const isBegun = (): boolean => this.#steps >= steps && (lingering !== true || this.#lingering.size > 0);
    while (!this.ended && (isAfterBlow() || !isBegun())) await this.#change();
    await wait(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
    while (!this.ended && isAfterBlow()) await this.#change();
  }

  #settle(project: string): void {
    this.#struck.delete(project);
    this.#struck.delete(UNKNOWN);
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

const UNKNOWN = '';

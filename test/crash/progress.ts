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
  /** The projects that may have lost a keeper, and in which no step has ended well since; and since when. */
  readonly #struck = new Map<string, number>();
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

  /** `at`: in milliseconds since 1970, as all times here. */
  stepEnded(project: string, outcome: string | undefined, at: number): void {
    this.#lingering.delete(project);
    if (outcome === 'interrupted') this.#mark(project, at);
    else this.#settle(project, at);
    this.#wake();
  }

  projectEnded(project: string, at: number): void {
    this.#projects.delete(project);
    this.#settle(project, at);
    this.#wake();
  }

  /** Whether a step may have lost its keeper and not ended since. */
  get hasLoss(): boolean {
    return this.#struck.size > 0;
  }

  /** A blow has met a keeper: of any of the projects, or of one that has not begun a step in this life. */
  helperStruck(at: number): void {
    for (const project of this.#projects.size > 0 ? this.#projects : [UNKNOWN]) this.#mark(project, at);
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
    const isAfterBlow = (): boolean => withoutLoss && this.hasLoss;
    const isBegun = (): boolean => this.#steps >= steps && (lingering !== true || this.#lingering.size > 0);
    while (!this.ended && (isAfterBlow() || !isBegun())) await this.#change();
    await wait(ms, undefined, { signal: this.#end.signal }).catch(() => undefined);
    while (!this.ended && isAfterBlow()) await this.#change();
  }

  #mark(project: string, at: number): void {
    this.#struck.set(project, Math.max(at, this.#struck.get(project) ?? 0));
  }

  /** What was before the blow, and is only heard of now, settles nothing. */
  #settle(project: string, at: number): void {
    for (const each of [project, UNKNOWN]) if ((this.#struck.get(each) ?? Infinity) < at) this.#struck.delete(each);
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

const UNKNOWN = '';

import type { Store } from '../store/open-store.ts';
import type { BuildEvent, NewEvent } from './build-event.ts';
import type { ToldProgress } from './told-progress.ts';

/**
 * The events of one run: kept in the store first, told to whoever listens after
 * that. A listener that comes late gets everything from the first event of this
 * process on.
 */
export class RunEvents {
  readonly #run: string;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #kept: BuildEvent[] = [];
  readonly #listeners = new Set<(event: BuildEvent | undefined) => void>();
  readonly #told: ToldProgress | undefined;
  #pending: BuildEvent[] = [];
  #ended = false;

  constructor({
    run,
    store,
    now,
    told,
  }: {
    readonly run: string;
    readonly store: Store;
    readonly now: () => number;
    /** What tells other processes what is not kept. */
    readonly told?: ToldProgress;
  }) {
    this.#told = told;
    this.#run = run;
    this.#store = store;
    this.#now = now;
  }

  /** Records the events together with what `fn` does, or neither; then tells them. */
  commit(fn: (record: (event: NewEvent) => void) => void): void {
    this.tellRecorded(this.recorded(fn));
  }

  /** The same, but nobody hears of it before `flush` has brought the records to the disk. */
  async commitDurably(fn: (record: (event: NewEvent) => void) => void, flush: () => Promise<void>): Promise<void> {
    const told = this.recorded(fn);
    await flush();
    this.tellRecorded(told);
  }

  /** The first half of {@link commit}, for whoever is in a transaction that others share: to be told once that is committed. */
  recorded(fn: (record: (event: NewEvent) => void) => void): readonly BuildEvent[] {
    this.#pending = [];
    this.#store.transaction(() => fn((event) => this.#record(event)));
    const recorded = this.#pending;
    this.#pending = [];
    return recorded;
  }

  /** The second half. */
  tellRecorded(events: readonly BuildEvent[]): void {
    this.#kept.push(...events);
    for (const event of events) {
      if (event.type === 'step-ended') this.#told?.forget(event);
      this.#tell(event);
    }
  }

  /** Tells an event that is not worth keeping, and for want of a time is not told: what is kept will say what is wrong with the clock. */
  tell(event: Extract<NewEvent, { type: 'step-progress' }>): void {
    const at = this.#timeIfAny();
    if (at === undefined) return;
    const told = { ...event, run: this.#run, at };
    this.#told?.note(told);
    this.#tell(told);
  }

  /** Nothing comes after this. */
  end(): void {
    this.#ended = true;
    this.#told?.end();
    for (const listener of this.#listeners) listener(undefined);
  }

  /** Every event from the first, then live, until {@link end}. Only as much is held back as the listener has not taken. */
  async *stream(): AsyncGenerator<BuildEvent, void, undefined> {
    const queue: BuildEvent[] = [...this.#kept];
    let ended = this.#ended;
    let wake: (() => void) | undefined;
    const listener = (event: BuildEvent | undefined): void => {
      if (event === undefined) ended = true;
      else queue.push(event);
      wake?.();
    };
    this.#listeners.add(listener);
    try {
      for (;;) {
        for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event;
        if (ended) return;
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }

  #record(event: NewEvent): void {
    const at = this.#now();
    const seq = this.#store.appendEvent(this.#run, { at, event });
    this.#pending.push({ ...event, run: this.#run, at, seq } as BuildEvent);
  }

  #timeIfAny(): number | undefined {
    try {
      return this.#now();
    } catch {
      return undefined;
    }
  }

  #tell(event: BuildEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

import type { Store } from '../../../store/open-store.ts';
import type { BuildEvent } from '../../../supervisor/build-event.ts';

const BEGINNINGS: ReadonlySet<BuildEvent['type']> = new Set(['step-started', 'step-adopted', 'step-waiting'] as const);

/** Whether a process was told to leave its run: from then on it is to begin nothing. */
export class Leaving {
  readonly #controller = new AbortController();
  /** What it was about to do as it was told is done. */
  #isOver = false;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  leave(): void {
    this.#controller.abort();
    queueMicrotask(() => (this.#isOver = true));
  }

  /** A store that says so when something begins all the same. */
  watched(store: Store, wrong: string[]): Store {
    const appendEvent: Store['appendEvent'] = (run, each) => {
      const { type } = each.event as BuildEvent;
      if (this.#isOver && BEGINNINGS.has(type)) wrong.push(`${type} after the run was left`);
      return store.appendEvent(run, each);
    };
    return { ...store, appendEvent };
  }
}

import type { Change } from './watch.ts';

/** What may have changed, for who looks whether it has. An empty one only wakes. */
export interface Hint {
  /** A question to the outside world whose answer may be another. */
  readonly question?: string;
  /** All questions are to be asked: those of this host, or those of others too. */
  readonly all?: 'local' | 'everything';
  /** What a person is told of it. */
  readonly change?: Change;
}

/** Hints that came together. */
export interface Hints {
  readonly questions: ReadonlySet<string>;
  readonly all: 'none' | 'local' | 'everything';
  /** Not more than {@link MOST_CHANGES}; `more` counts the others. */
  readonly changes: readonly Change[];
  readonly more: number;
}

/** As many changes are told by name; a `git checkout` touches thousands. */
const MOST_CHANGES = 20;

/** As many are told apart, to be counted once. */
const MOST_NAMES = 10_000;

/** Keeps hints until they are taken, in a bounded room however many come, and wakes who waits for one. */
export class HintBox {
  #questions = new Set<string>();
  #all: Hints['all'] = 'none';
  readonly #names = new Map<string, Change>();
  #isEmpty = true;
  #count = 0;
  readonly #waiting = new Set<() => void>();

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** How many ever came. */
  get count(): number {
    return this.#count;
  }

  add({ question, all, change }: Hint): void {
    this.#isEmpty = false;
    this.#count += 1;
    if (question !== undefined) this.#questions.add(question);
    if (all === 'everything' || (all === 'local' && this.#all === 'none')) this.#all = all;
    if (change !== undefined && this.#names.size < MOST_NAMES) this.#names.set(`${change.of} ${change.name}`, change);
    for (const wake of this.#waiting) wake();
  }

  take(): Hints {
    const changes = [...this.#names.values()];
    const taken: Hints = {
      questions: this.#questions,
      all: this.#all,
      changes: changes.slice(0, MOST_CHANGES),
      more: Math.max(0, changes.length - MOST_CHANGES),
    };
    this.#questions = new Set();
    this.#all = 'none';
    this.#names.clear();
    this.#isEmpty = true;
    return taken;
  }

  /** Resolves when there is a hint, or when `signal` aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#isEmpty || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

/** Hints that are told as one. */
export function together(first: Hints, second: Hints): Hints {
  const changes = new Map([...first.changes, ...second.changes].map((each) => [`${each.of} ${each.name}`, each]));
  const told = [...changes.values()].slice(0, MOST_CHANGES);
  return {
    questions: first.questions.union(second.questions),
    all: [first.all, second.all].includes('everything') ? 'everything' : first.all === 'none' ? second.all : first.all,
    changes: told,
    more: first.more + second.more + changes.size - told.length,
  };
}

export const NO_HINTS: Hints = { questions: new Set(), all: 'none', changes: [], more: 0 };

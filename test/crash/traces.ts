import { join } from 'node:path';
import type { LifePlan } from './blow.ts';
import { traceKilled } from './keeper-trace.ts';
import type { LifeOrder } from './life-order.ts';
import type { Tally } from './tally.ts';

/** The keepers that strace is to kill. It may come to that some lives later, so they are looked at until then. */
export class Traces {
  readonly #directory: string;
  readonly #open = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What a plan says of exact places, as an order for life number `number`. */
  order({ dieAt, keeperDiesAt }: LifePlan, number: number): Pick<LifeOrder, 'dieAt' | 'keeperDiesAt'> {
    const died = dieAt === undefined ? {} : { dieAt };
    if (keeperDiesAt === undefined) return died;
    const traceFile = join(this.#directory, `trace-${number}`);
    this.#open.set(traceFile, `keeper entering ${keeperDiesAt.systemCall}`);
    return { ...died, keeperDiesAt: { ...keeperDiesAt, traceFile } };
  }

  /** Counts the kills that have come about since the last time. */
  count(tally: Tally): void {
    for (const [file, what] of this.#open) {
      if (!traceKilled(file)) continue;
      tally.killed(what);
      this.#open.delete(file);
    }
  }

  /** Forgets those that can come to nothing any more. */
  forget(): void {
    this.#open.clear();
  }
}

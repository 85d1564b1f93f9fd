import { copyFileSync, existsSync, rmSync } from 'node:fs';
import type { Store } from '../../../store/open-store.ts';
import type { SimulatedProcess } from './faults.ts';

/**
 * A store whose every verb is a call of `process`, as `appendEvent`, or inside a
 * transaction `transaction/appendEvent`; `flushRecords` flushes what is simulated.
 */
export function simulatedStore(store: Store, process: SimulatedProcess, flushRecords: () => void): Store {
  let depth = 0;
  const verbs = Object.entries(store).map(([name, verb]: [string, unknown]) => {
    if (typeof verb !== 'function' || name === 'close') return [name, verb] as const;
    const call = verb as (...given: unknown[]) => unknown;
    return [
      name,
      (...given: unknown[]) =>
        process.sync(depth === 0 ? name : `transaction/${name}`, () => call(...given), { mayFail: true }),
    ] as const;
  });
  const transaction: Store['transaction'] = (fn) =>
    process.sync(
      'transaction',
      () => {
        depth += 1;
        try {
          return store.transaction(fn);
        } finally {
          depth -= 1;
        }
      },
      { mayFail: true },
    );
  const claimRun: Store['claimRun'] = (run, owner) => {
    const claim = process.sync('claimRun', () => store.claimRun(run, owner), { mayFail: true });
    if (claim.type === 'taken') return claim;
    return { type: 'owned', release: () => process.sync('release', () => claim.release()) };
  };
  return {
    ...(Object.fromEntries(verbs) as unknown as Store),
    claimRun,
    transaction,
    flushRecords: async () => await process.async('flushRecords', flushRecords, { mayFail: true }),
  };
}

/** The files of a closed or idle database as they were at the last flush. */
export class FlushedDatabase {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  flush(): void {
    for (const end of ['', '-wal']) {
      rmSync(`${this.#file}${end}.flushed`, { force: true });
      if (existsSync(`${this.#file}${end}`)) copyFileSync(`${this.#file}${end}`, `${this.#file}${end}.flushed`);
    }
  }

  /** Puts the files back; nobody may have them open. */
  restore(): void {
    for (const end of ['', '-wal', '-shm']) {
      rmSync(`${this.#file}${end}`, { force: true });
      if (existsSync(`${this.#file}${end}.flushed`)) copyFileSync(`${this.#file}${end}.flushed`, `${this.#file}${end}`);
    }
  }
}

/** The calls that only look: to die there is to die before the next call that does something. */
const LOOKS =
  /^(get|last|find|events|list|stepsDone|answering|runningWithKey|artifactsUsedBy|cancelRequested|undurable|namedTrees|flushedAt|recordedExit|isKeeperAlive|connectKeeper|keeper hears)/;

/** Whether it is not a part of a transaction, which is done or not done as a whole. */
export function isOfItsOwn(call: string): boolean {
  return !call.startsWith('transaction/');
}

/** Whether a call changes something by itself. */
export function hasEffect(call: string): boolean {
  return isOfItsOwn(call) && !LOOKS.test(call);
}

import type { Place, PlaceObject } from '../../../exchange/place.ts';
import type { Timing } from '../../../supervisor/exchange/marks.ts';

/** Thrown by everything that a process asks for after it was killed. */
export class Killed extends Error {}

interface Stored {
  readonly bytes: Buffer;
  readonly modifiedAt: number;
}

/** Longer than a prune may take over one removal: then it has given that up. */
const LONGEST_REMOVAL_MS = 300_000;

/** A place in memory, with a clock of its own. Each request takes effect at one moment, which `reach` waits for. */
export class SimulatedPlace {
  readonly objects: Map<string, Stored> = new Map();
  now: number = Date.parse('2026-01-01');
  readonly #reach: (label: string) => Promise<number>;

  /** `reach` resolves when a request has come to the place, with how many milliseconds have gone by since the last one. */
  constructor(reach: (label: string) => Promise<number>) {
    this.#reach = reach;
  }

  /** What passes time for who waits: a push that waits for a prune that is dead does not do it for all the time of a test. */
  readonly timing: Timing = {
    clock: () => this.now,
    wait: async (ms) => {
      this.now += (await this.#reach('wait')) + 20 * ms;
    },
  };

  /** As if it had been put so long ago. */
  lay(key: string, bytes: Buffer, ageMs: number): void {
    this.objects.set(key, { bytes, modifiedAt: this.now - ageMs });
  }

  keys(): string[] {
    return [...this.objects.keys()].toSorted();
  }

  /** The place, as a process sees it that is killed after so many requests. */
  seenBy(process: string, killedAfter: number = Infinity): Place {
    let left = killedAfter;
    const asked = async <Result>(what: string, act: (tookMs: number) => Result): Promise<Result> => {
      const began = this.now;
      if (left-- <= 0) throw new Killed();
      this.now += await this.#reach(`${process}: ${what}`);
      const result = act(this.now - began);
      if (left < 0) throw new Killed();
      return result;
    };
    const found = (key: string): PlaceObject | undefined => {
      const stored = this.objects.get(key);
      return stored && { key, sizeBytes: stored.bytes.length, modifiedAt: stored.modifiedAt };
    };
    const allBelow = (folder: string): PlaceObject[] =>
      [...this.objects.keys()].filter((key) => key.startsWith(folder)).flatMap((key) => found(key) ?? []);
    return {
      shown: 'simulated',
      settleMs: 0,
      prepare: async () => {},
      get: async (key) => await asked(`get ${key}`, () => this.objects.get(key)?.bytes),
      look: async (key) => await asked(`look ${key}`, () => found(key)),
      put: async (key, bytes) =>
        await asked(`put ${key}`, () => void this.objects.set(key, { bytes, modifiedAt: this.now })),
      remove: async (key) =>
        await asked(`remove ${key}`, (tookMs) => {
          if (tookMs > LONGEST_REMOVAL_MS && !key.startsWith('pruning/')) throw new Error('this took too long');
          this.objects.delete(key);
        }),
      list: async function* (this: void, folder: string) {
        const listed = await asked(`list ${folder}`, () => allBelow(folder));
        yield* listed;
      },
    };
  }
}

/**
 * The ways in which workers and what they share are struck, as data: chosen by dice, so that a seed repeats them. What it
 * does not repeat is how far the workers are by then.
 */
import { dice } from '../../crash/dice.ts';
import type { Dice } from '../../crash/dice.ts';

/** What can be struck. */
export const BLOWS = [
  'worker',
  'worker-for-long',
  'worker-and-keepers',
  'keeper',
  'stopped',
  'stopped-for-long',
  'link',
  'link-for-long',
  'host',
  'database',
  'backends',
  'backend-killed',
  'place-gone',
  'place-empty',
  'clock',
  'slow-disk',
  'submitter',
] as const;

export type BlowType = (typeof BLOWS)[number];

/** One blow: so long after the one before it, for so long, and to whom, as far as it is free. */
export interface Blow {
  readonly type: BlowType;
  readonly afterMs: number;
  readonly ms: number;
  readonly worker: number;
}

/** A worker is taken to be lost, and after three of them the project is failed, and rightly so. */
const LOSING: ReadonlySet<BlowType> = new Set(['worker-for-long', 'stopped-for-long', 'link-for-long', 'host']);
const MOST_LOSSES = 2;

/** Longer than a heartbeat, with what it takes to notice. */
const LONG_MS = [12_000, 16_000] as const;
const SHORT_MS = [200, 4000] as const;

/** The blows of one run, from a deck in which each that can be had has its turn. */
export function planRound(
  {
    seed,
    number,
    deck,
    left,
  }: { readonly seed: number; readonly number: number; readonly deck: Deck; readonly left: number },
  workers: number,
): Blow[] {
  const thrown = dice(seed, number);
  const blows: Blow[] = [];
  let losses = 0;
  for (let count = Math.min(left, thrown.between(3, 5)); count > 0; count--) {
    const type = deck.next((each) => losses < MOST_LOSSES || !LOSING.has(each));
    if (LOSING.has(type)) losses += 1;
    blows.push({ type, afterMs: afterMs(thrown), ms: msOf(type, thrown), worker: thrown.between(0, workers - 1) });
  }
  return blows;
}

/** Blows in any order, each as often as any other. */
export class Deck {
  readonly #seed: number;
  readonly #types: readonly BlowType[];
  #shuffles = 0;
  #left: BlowType[] = [];

  constructor(seed: number, types: readonly BlowType[]) {
    this.#seed = seed;
    this.#types = types;
  }

  /** The next that is wanted. */
  next(isWanted: (type: BlowType) => boolean): BlowType {
    const at = this.#left.findIndex(isWanted);
    if (at >= 0) return this.#left.splice(at, 1)[0]!;
    this.#left.push(...dice(this.#seed, -1 - (this.#shuffles += 1)).shuffled(this.#types));
    return this.next(isWanted);
  }
}

function afterMs(thrown: Dice): number {
  return thrown.happens(30) ? thrown.between(0, 200) : thrown.between(0, 4000);
}

function msOf(type: BlowType, thrown: Dice): number {
  return LOSING.has(type) ? thrown.between(...LONG_MS) : thrown.between(...SHORT_MS);
}

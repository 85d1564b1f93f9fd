/** Chance that a seed repeats. */
export interface Dice {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
  /** One of them. */
  pick<Item>(items: readonly Item[]): Item;
  /** True in `percent` of 100 throws. */
  happens(percent: number): boolean;
  /** The items in any order. */
  shuffled<Item>(items: readonly Item[]): Item[];
}

/** Dice of a seed. `throwNumber` tells apart what is thrown for; the same two numbers give the same throws. */
export function dice(seed: number, throwNumber: number): Dice {
  // mulberry32: 32 bits of state, and good enough for choosing where to kill.
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(throwNumber + 1, 0x85ebca6b)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    between,
    pick: (items) => items[between(0, items.length - 1)]!,
    happens: (percent) => next() * 100 < percent,
    shuffled: (items) =>
      items
        .map((item) => ({ item, at: next() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ item }) => item),
  };
}

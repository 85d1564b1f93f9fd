/** How often each combination of words was counted. */
export class Tally {
  readonly labels: readonly string[];
  readonly counts: Map<string, number> = new Map();

  constructor(...labels: readonly string[]) {
    this.labels = labels;
  }

  /** `words` are what the labels are, in their order. */
  add(...words: readonly string[]): void {
    const key = JSON.stringify(words);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
}

/** One distribution of a histogram. */
export interface Distribution {
  /** How many were at most as large as each bound; without those above the last. */
  readonly upTo: number[];
  count: number;
  sum: number;
}

/** How values are distributed, for each combination of words. */
export class Histogram {
  readonly labels: readonly string[];
  /** Ascending. */
  readonly bounds: readonly number[];
  readonly distributions: Map<string, Distribution> = new Map();

  constructor(bounds: readonly number[], ...labels: readonly string[]) {
    this.bounds = bounds;
    this.labels = labels;
  }

  add(value: number, ...words: readonly string[]): void {
    const key = JSON.stringify(words);
    const known = this.distributions.get(key) ?? { upTo: this.bounds.map(() => 0), count: 0, sum: 0 };
    this.distributions.set(key, known);
    known.count += 1;
    known.sum += value;
    this.bounds.forEach((bound, index) => {
      if (value <= bound) known.upTo[index] = (known.upTo[index] ?? 0) + 1;
    });
  }
}

import { POINTS } from './points.ts';

/** What was counted over one series of kills, or over several. */
export class Tally {
  readonly kills: Map<string, number> = new Map();
  readonly counts: Map<Count, number> = new Map();
  readonly violations: string[] = [];
  /** What power cuts have lost, by kind. */
  readonly losses: Map<string, number> = new Map();

  /** Counts a kill by whom or what it met. */
  killed(what: string): void {
    this.kills.set(what, (this.kills.get(what) ?? 0) + 1);
  }

  lost(what: string, count: number): void {
    this.losses.set(what, (this.losses.get(what) ?? 0) + count);
  }

  add(count: Count): void {
    this.counts.set(count, this.of(count) + 1);
  }

  /** Adds all that another has counted. */
  take(other: Tally): this {
    for (const [what, count] of other.kills) this.kills.set(what, (this.kills.get(what) ?? 0) + count);
    for (const [what, count] of other.counts) this.counts.set(what, this.of(what) + count);
    for (const [what, count] of other.losses) this.lost(what, count);
    this.violations.push(...other.violations);
    return this;
  }

  readonly of: (count: Count) => number = (count) => this.counts.get(count) ?? 0;

  get total(): number {
    return [...this.kills.values()].reduce((sum, each) => sum + each, 0);
  }

  get #unreached(): string[] {
    return POINTS.flatMap(({ name }) => [`before ${name}`, `after ${name}`]).filter(
      (point) => !this.kills.has(`supervisor ${point}`),
    );
  }

  /** What it all comes to, in one line. */
  inShort(): string {
    return `${this.total} kills: ${COUNTS.map((count) => `${this.of(count)} ${count}`).join(', ')}, ${this.violations.length} violations`;
  }

  /** The summary at the end. */
  text({
    seed,
    series,
    seconds,
    skipped,
  }: {
    readonly seed: number;
    readonly series: number;
    readonly seconds: number;
    readonly skipped: string;
  }): string {
    const width = Math.max(...[...this.kills.keys()].map((name) => name.length), 10);
    return [
      ...[...this.kills]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, count]) => `  ${name.padEnd(width)} ${count}`),
      `${this.inShort()}; ${seconds.toFixed(0)} s, ${series === 1 ? `seed ${seed}` : `seeds ${seed} to ${seed + series - 1}`}`,
      ...(this.losses.size === 0
        ? []
        : [`lost by power cuts: ${[...this.losses].map(([what, count]) => `${count} ${what}`).join(', ')}`]),
      ...(this.#unreached.length === 0 ? [] : [`points not reached: ${this.#unreached.join(', ')}`]),
      ...(skipped === '' ? [] : [`skipped: ${skipped}`]),
    ].join('\n');
  }
}

const COUNTS = ['lives', 'runs', 'steps', 'adopted', 'harvested', 'rerun', 'doubles', 'leaks'] as const;

/** `rerun`: attempts that were cut off and begun again. `doubles` and `leaks` are among the violations. */
export type Count = (typeof COUNTS)[number];

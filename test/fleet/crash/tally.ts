/** What was counted while workers were struck. */
export class FleetTally {
  readonly blows: Map<string, number> = new Map();
  readonly counts: Map<Count, number> = new Map();
  readonly violations: string[] = [];

  struck(what: string): void {
    this.blows.set(what, (this.blows.get(what) ?? 0) + 1);
  }

  add(count: Count, by = 1): void {
    this.counts.set(count, (this.counts.get(count) ?? 0) + by);
  }

  get total(): number {
    return [...this.blows.values()].reduce((sum, each) => sum + each, 0);
  }

  /** What it all comes to, in one line. */
  inShort(): string {
    const counted = COUNTS.map((count) => `${this.counts.get(count) ?? 0} ${count}`).join(', ');
    return `${this.total} blows: ${counted}, ${this.violations.length} violations`;
  }

  /** The summary at the end. */
  text({
    seed,
    seconds,
    skipped,
  }: {
    readonly seed: number;
    readonly seconds: number;
    readonly skipped: readonly string[];
  }): string {
    const width = Math.max(...[...this.blows.keys()].map((name) => name.length), 10);
    return [
      ...[...this.blows]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, count]) => `  ${name.padEnd(width)} ${count}`),
      `${this.inShort()}; ${seconds.toFixed(0)} s, seed ${seed}`,
      ...(skipped.length === 0 ? [] : [`skipped: ${skipped.join(', ')}`]),
    ].join('\n');
  }
}

const COUNTS = ['runs', 'projects', 'steps', 'begun again', 'adopted', 'missed', 'submitted again'] as const;

/** `begun again`: projects, by the same worker or another. `missed`: blows that found nobody. */
type Count = (typeof COUNTS)[number];

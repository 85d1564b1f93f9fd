import { tmpdir } from 'node:os';
import { notTraced } from './keeper-trace.ts';
import { kill, processesOf } from './processes.ts';
import { runSeries } from './series.ts';
import { makeStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { Tally } from './tally.ts';

/** So many kills share one store: each of its runs is checked against all that lies there. */
const KILLS_OF_SERIES = 250;

export interface CrashOptions {
  readonly kills: number;
  /** Power cuts, at least; a share of them in each series. */
  readonly cuts?: number;
  /** Of the first series; the next one has the next. */
  readonly seed: number;
  /** Where stores are made. Default: below the temporary directory. */
  readonly directory?: string;
  readonly onProgress?: (tally: Tally) => void;
  /** After each series but the last: what it came to, all that was counted until now, and what is left to do, as options. */
  readonly onSeries?: (done: {
    readonly seed: number;
    readonly tally: Tally;
    readonly left: Pick<CrashOptions, 'kills' | 'cuts' | 'seed'>;
  }) => void;
}

export interface CrashReport {
  readonly tally: Tally;
  readonly text: string;
  /** What was worked in. The caller removes it, or keeps it for a look. */
  readonly stage: Stage;
}

/** Runs series of kills, each with a store and a seed of its own, until there were `kills` and `cuts`. Ends early at the first violation. */
export async function crash({
  kills,
  cuts = 0,
  seed,
  directory = tmpdir(),
  onProgress,
  onSeries,
}: CrashOptions): Promise<CrashReport> {
  const beganAt = Date.now();
  const stage = await makeStage(directory);
  const tally = new Tally();
  const series = Math.max(1, Math.ceil(kills / KILLS_OF_SERIES));
  // Whatever a series kills beyond its share belongs to it: so the blows of a seed do not depend on those of another.
  const share = (of: number, before: number): number =>
    Math.floor((of * (before + 1)) / series) - Math.floor((of * before) / series);
  for (let number = 0; number < series && tally.violations.length === 0; number++) {
    const here = { seed: seed + number, kills: share(kills, number), cuts: share(cuts, number) };
    const before = new Tally().take(tally);
    const done = await runSeries(stage, {
      ...here,
      onProgress: (now) => onProgress?.(new Tally().take(before).take(now)),
    });
    tally.take(done);
    if (number + 1 < series) {
      const rest = { kills: 0, cuts: 0, seed: here.seed + 1 };
      for (let each = number + 1; each < series; each++) {
        rest.kills += share(kills, each);
        rest.cuts += share(cuts, each);
      }
      onSeries?.({ seed: here.seed, tally, left: rest });
    }
  }
  kill(processesOf(stage.top)); // after a violation there may be some
  const text = tally.text({ seed, series, seconds: (Date.now() - beganAt) / 1000, skipped: notTraced() });
  return { tally, text, stage };
}

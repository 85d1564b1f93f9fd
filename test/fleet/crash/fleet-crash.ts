import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deck, planRound } from './blow.ts';
import { faultsAtEnd } from './check-end.ts';
import type { ToldRun } from './check-run.ts';
import { referenceOf } from './reference.ts';
import type { FleetResult } from './reference.ts';
import { playRound } from './round.ts';
import { makeStage } from './stage.ts';
import { impossibleBlows, possibleBlows } from './strike.ts';
import { FleetTally } from './tally.ts';

const WORKERS = 3;
const FLAVOURS = ['sweet', 'sour'];

export interface FleetCrashOptions {
  /** Blows, at least; what finds nobody to strike is not counted. */
  readonly kills: number;
  readonly seed: number;
  /** Default: the temporary one. */
  readonly directory?: string;
  readonly onProgress?: (tally: FleetTally) => void;
}

/** What came of it; after a violation `top` is kept. */
export interface FleetCrashReport {
  readonly tally: FleetTally;
  readonly text: string;
  readonly top: string;
}

/**
 * Has runs built by three workers over a database, one after the other, and strikes workers and what they share, until
 * there were so many blows. Each run has to be what one host makes of it. Ends at the first run with a violation.
 */
export async function fleetCrash({
  kills,
  seed,
  directory = tmpdir(),
  onProgress,
}: FleetCrashOptions): Promise<FleetCrashReport> {
  const begun = Date.now();
  const tally = new FleetTally();
  const stage = await makeStage({ directory, workers: WORKERS }, (words) => void tally.violations.push(words));
  try {
    const mark = join(stage.top, 'mark/');
    const references = new Map<string, FleetResult>();
    const deck = new Deck(seed, possibleBlows());
    const known = new Map<string, ToldRun>();
    for (let number = 0; tally.total < kills && tally.violations.length === 0; number++) {
      const spec = {
        flavour: FLAVOURS[number % FLAVOURS.length]!,
        isBroken: Math.floor(number / FLAVOURS.length) % 2 === 1,
        mark,
      };
      const kind = JSON.stringify(spec);
      const reference = references.get(kind) ?? (await referenceOf(stage.store, spec));
      references.set(kind, reference);
      const blows = planRound({ seed, number, deck, left: kills - tally.total }, WORKERS);
      await playRound({ seed, number, blows, spec, reference }, { stage, tally, known });
      onProgress?.(tally);
    }
    if (tally.violations.length === 0) tally.violations.push(...(await faultsAtEnd(stage, known)));
  } finally {
    await stage.close({ isKept: tally.violations.length > 0 });
  }
  const skipped = [...impossibleBlows()].map(([type, reason]) => `${type} (${reason})`);
  const text = tally.text({ seed, seconds: (Date.now() - begun) / 1000, skipped });
  return { tally, text, top: stage.top };
}

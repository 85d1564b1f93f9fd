import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isCut, planLife } from './blow.ts';
import type { LifePlan } from './blow.ts';
import { checkRun } from './check-run.ts';
import { dice } from './dice.ts';
import { canTrace } from './keeper-trace.ts';
import { finishGc, gcBeside } from './gc-beside.ts';
import { live } from './life.ts';
import type { LifeEnd } from './life.ts';
import type { SpecFile } from './life-order.ts';
import { Power } from './power-cut.ts';
import { makeStore, newestRun, removeStore } from './stage.ts';
import type { Stage } from './stage.ts';
import { Tally } from './tally.ts';
import { Traces } from './traces.ts';

export interface SeriesOptions {
  readonly kills: number;
  /** Power cuts, at least: after `kills` every life ends with one until there were so many. */
  readonly cuts: number;
  readonly seed: number;
  readonly onProgress: (tally: Tally) => void;
}

/**
 * Builds the same specifications again and again in one store while its processes are killed,
 * and resumes it each time, until there were `kills` kills, `cuts` of them power cuts, and the last run is
 * done; compares every run with one that nobody disturbed. Ends early at the first run with a violation, and then
 * leaves the store.
 */
export async function runSeries(
  { top, work, programs, references }: Stage,
  { kills, cuts, seed, onProgress }: SeriesOptions,
): Promise<Tally> {
  const place = join(top, `series-${seed}`);
  mkdirSync(place);
  const tally = new Tally();
  const traces = new Traces(place);
  const store = await makeStore(place, top);
  const power = new Power({ store, top, program: programs.tearTrees });
  const promised = new Set<string>();
  const isEnough = (): boolean => tally.total >= kills && (tally.kills.get('power-cut') ?? 0) >= cuts;
  /** The run that goes on; undefined: the next life starts one. */
  let run: string | undefined;
  let checked: string | undefined;
  /** What that run is made of. */
  let spec: SpecFile = 'crash.json';
  for (let number = 1; tally.violations.length === 0 && (!isEnough() || run !== undefined); number++) {
    const thrown = dice(seed, number);
    const cutting = tally.total >= kills;
    const plan: LifePlan = isEnough()
      ? { blows: [] }
      : planLife({ seed, number, canTrace: canTrace(), cutting }, thrown);
    if (run === undefined) spec = thrown.happens(25) ? 'crash.json' : 'short.json';
    const order = {
      store,
      work,
      spec,
      ...(run === undefined ? {} : { run }),
      ...traces.order(plan, number),
      ...power.order(number),
    };
    const besides = isEnough() ? undefined : gcBeside({ seed, number, order, top, program: programs.life }, tally);
    const end = await live({ order, plan, top, program: programs.life }, { dice: thrown, tally });
    const gcEnd = await besides;
    if (gcEnd?.type === 'failed' || gcEnd?.type === 'stuck') {
      tally.violations.push(`what removes what is old beside life ${number} is ${gcEnd.type}: ${gcEnd.words.trim()}`);
    }
    tally.add('lives');
    traces.count(tally);
    if (end.type === 'failed' || end.type === 'stuck') tally.violations.push(inWords(end, { number, run, plan }));
    for (const artifact of end.told) promised.add(artifact);
    if (isCut(plan) && tally.violations.length === 0) await power.cut(thrown, tally);
    const newest = newestRun(store);
    if (end.told.length > 0 && newest?.ended !== true) {
      tally.violations.push(`life ${number} told that run ${newest?.id} was built, which has not ended`);
    }
    run = newest?.ended === false ? newest.id : undefined;
    if (newest?.ended === true && newest.id !== checked) {
      checked = newest.id;
      const wasKilled = end.type === 'killed';
      const reference = references[spec];
      await finishGc(store, power.boot);
      await checkRun(checked, { store, top, reference, wasKilled, power, promised, thrown, tally });
      power.cuts = 0;
    }
    onProgress(tally);
  }
  if (tally.violations.length === 0) await removeStore(store);
  return tally;
}

function inWords(
  { type, words }: LifeEnd,
  { number, run, plan }: { readonly number: number; readonly run: string | undefined; readonly plan: LifePlan },
): string {
  return `life ${number} of run ${run ?? '(new)'} is ${type}: ${words.trim()} (its plan: ${JSON.stringify(plan)})`;
}

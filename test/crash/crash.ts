import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findIdMap } from '../../sandbox/id-map.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import { isCut, planLife } from './blow.ts';
import type { LifePlan } from './blow.ts';
import { bundled } from './bundled.ts';
import { checkRun } from './check-run.ts';
import { dice } from './dice.ts';
import { canTrace, notTraced } from './keeper-trace.ts';
import { live } from './life.ts';
import type { LifeEnd } from './life.ts';
import { Power } from './power-cut.ts';
import { kill, processesOf } from './processes.ts';
import { makeReference, makeStore, makeWork, newestRun } from './stage.ts';
import { Tally } from './tally.ts';
import { Traces } from './traces.ts';

export interface CrashOptions {
  readonly kills: number;
  /** Power cuts, at least: after `kills` every life ends with one until there were so many. */
  readonly cuts?: number;
  readonly seed: number;
  /** Where stores are made. Default: below the temporary directory. */
  readonly directory?: string;
  readonly onProgress?: (tally: Tally) => void;
}

export interface CrashReport {
  readonly tally: Tally;
  readonly text: string;
  /** What was worked in. The caller removes it, or keeps it for a look. */
  readonly top: string;
}

/**
 * Builds the same specification again and again while its processes are killed,
 * and resumes it each time, until there were `kills` kills, `cuts` of them power cuts, and the last run is
 * done; compares every run with one that nobody disturbed. Ends early at the
 * first run with a violation.
 */
export async function crash({
  kills,
  cuts = 0,
  seed,
  directory = tmpdir(),
  onProgress,
}: CrashOptions): Promise<CrashReport> {
  const beganAt = Date.now();
  const top = realpathSync(mkdtempSync(join(directory, 'contractor-crash-')));
  chmodSync(top, 0o755); // The worker for trees is loaded as an id that is nobody.
  const programs = await bundled(join(top, 'programs'));
  const tally = new Tally();
  const traces = new Traces(top);
  const work = makeWork(top);
  const reference = await makeReference(top, work, programs.life);
  const store = await makeStore(top, 'store');
  const power = new Power({ store, top, program: programs.tearTrees });
  const promised = new Set<string>();
  const isEnough = (): boolean => tally.total >= kills && (tally.kills.get('power-cut') ?? 0) >= cuts;
  /** The run that goes on; undefined: the next life starts one. */
  let run: string | undefined;
  let checked: string | undefined;
  for (let number = 1; tally.violations.length === 0 && (!isEnough() || run !== undefined); number++) {
    const thrown = dice(seed, number);
    const cutting = tally.total >= kills;
    const plan: LifePlan = isEnough()
      ? { blows: [] }
      : planLife({ seed, number, canTrace: canTrace(), cutting }, thrown);
    const order = {
      store,
      work,
      ...(run === undefined ? {} : { run }),
      ...traces.order(plan, number),
      ...power.order(number),
    };
    const end = await live({ order, plan, top, program: programs.life }, { dice: thrown, tally });
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
      await checkRun(checked, {
        store,
        top,
        reference,
        wasKilled: end.type === 'killed',
        power,
        promised,
        thrown,
        tally,
      });
      power.cuts = 0;
    }
    onProgress?.(tally);
  }
  kill(processesOf(top)); // after a violation there may be some
  const text = tally.text({ seed, seconds: (Date.now() - beganAt) / 1000, skipped: notTraced() });
  return { tally, text, top };
}

function inWords(
  { type, words }: LifeEnd,
  { number, run, plan }: { readonly number: number; readonly run: string | undefined; readonly plan: LifePlan },
): string {
  return `life ${number} of run ${run ?? '(new)'} is ${type}: ${words.trim()} (its plan: ${JSON.stringify(plan)})`;
}

/** Removes what a series has worked in. */
export async function removeCrash(top: string): Promise<void> {
  const command = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
  for (const store of ['store', 'reference']) {
    await runInIdMap({ trees: join(top, store, 'trees'), idMap: findIdMap(), command });
  }
  rmSync(top, { recursive: true, force: true });
}

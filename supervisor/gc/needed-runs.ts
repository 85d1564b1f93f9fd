import type { RunFacts } from '../../store/records/garbage.ts';
import { seriesOf } from './garbage-view.ts';
import type { GarbageView } from './garbage-view.ts';

/** Why a run stays, with all that it has made; the stronger reason of several. */
export type RunNeed = 'young' | 'newest' | 'never-goes';

/** The runs that stay whole, by id, and why. Pure. */
export function neededRuns(view: GarbageView): ReadonlyMap<string, RunNeed> {
  const { facts, policy, now, hostNow, inUse } = view;
  const runs = facts.runs.filter(({ isForgotten }) => !isForgotten);
  const byId = new Map(runs.map((run) => [run.id, run]));
  const needs = new Map<string, RunNeed>();
  const need = (id: string, why: RunNeed): void => {
    if (STRENGTH[why] > STRENGTH[needs.get(id) ?? 'none']) needs.set(id, why);
  };
  for (const run of runs) {
    if (run.toldEndedAt !== null && now - run.toldEndedAt < policy.keepForMs) need(run.id, 'young');
    if (run.endedAt === null || run.isKept || inUse.has(run.id)) need(run.id, 'never-goes');
  }
  // The process that goes on with a run ends last what the run has left.
  for (const { run: id, outcomeType } of facts.attempts) {
    const endedAt = outcomeType === null ? byId.get(id)?.endedAt : undefined;
    if (typeof endedAt === 'number' && hostNow - endedAt < ENDING_MS) need(id, 'never-goes');
  }
  // The last run of all is the one that whoever built it is about to look at.
  const last = runs.at(-1);
  if (last !== undefined) need(last.id, 'never-goes');
  for (const series of Map.groupBy(runs, (run) => seriesOf(run, view)).values()) {
    for (const id of newestOf(series, view)) need(id, 'newest');
  }
  // What a run goes on with is taken over from the runs before it, until that is through.
  for (const [id, why] of [...needs]) {
    const run = byId.get(id);
    if (run?.endedAt !== null && run?.result !== 'cancelled') continue;
    for (const before of continuedRuns(run, byId)) need(before, why);
  }
  return needs;
}

const ENDING_MS = 24 * 60 * 60 * 1000;

const STRENGTH: Readonly<Record<RunNeed | 'none', number>> = { none: 0, young: 1, newest: 2, 'never-goes': 3 };

/** Of one series the newest run, and for each project that it still has the newest run in which that has failed. */
function newestOf(series: readonly RunFacts[], view: GarbageView): ReadonlySet<string> {
  const newest = series.at(-1);
  if (newest === undefined) return new Set();
  const known = seriesOf(newest, view) === '' ? undefined : view.stepsOf(newest.id);
  const failures = new Map<string, string>();
  for (const { id, failed } of series) {
    for (const project of JSON.parse(failed) as string[]) failures.set(project, id);
  }
  const lasting = [...failures].filter(([project]) => known?.has(project) !== false);
  return new Set([newest.id, ...lasting.map(([, id]) => id)]);
}

function continuedRuns(run: RunFacts | undefined, byId: ReadonlyMap<string, RunFacts>): readonly string[] {
  const before: string[] = [];
  for (let next = run?.continues ?? null; next !== null && !before.includes(next);) {
    if (!byId.has(next)) break;
    before.push(next);
    next = byId.get(next)?.continues ?? null;
  }
  return before;
}

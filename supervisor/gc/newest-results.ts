import type { AttemptFacts } from '../../store/records/garbage.ts';
import { seriesOf } from './garbage-view.ts';
import type { GarbageView } from './garbage-view.ts';

/** The newest results of a project: what the next build reuses. */
export interface NewestResults {
  /** Names them among what can be given up. */
  readonly name: string;
  readonly attempts: readonly AttemptFacts[];
}

/**
 * Of each step of each project the attempt that succeeded last, project by project, those whose newest is oldest first. Steps
 * and projects that the file has no more are left out. Pure.
 */
export function newestResults(view: GarbageView): readonly NewestResults[] {
  const { facts } = view;
  const seriesOfRun = new Map(facts.runs.map((run) => [run.id, seriesOf(run, view)]));
  const stepsOfSeries = new Map<string, ReturnType<GarbageView['stepsOf']>>();
  for (const run of facts.runs) {
    const series = seriesOfRun.get(run.id) ?? '';
    if (series !== '' && !run.isForgotten) stepsOfSeries.set(series, undefined);
  }
  for (const run of facts.runs.toReversed()) {
    const series = seriesOfRun.get(run.id) ?? '';
    if (series === '' || run.isForgotten || stepsOfSeries.get(series) !== undefined) continue;
    stepsOfSeries.set(series, view.stepsOf(run.id) ?? new Map());
  }
  const projects = new Map<string, Map<string, AttemptFacts>>();
  for (const attempt of facts.attempts) {
    if (attempt.outcomeType !== 'succeeded') continue;
    const series = seriesOfRun.get(attempt.run) ?? '';
    const known = stepsOfSeries.get(series);
    if (known !== undefined && known.get(attempt.project)?.has(attempt.step) !== true) continue;
    const name = `results ${JSON.stringify([series, attempt.project])}`;
    const steps = projects.get(name) ?? new Map<string, AttemptFacts>();
    steps.set(attempt.step, attempt);
    // Set anew, so that the project whose newest attempt is the newest comes last.
    projects.delete(name);
    projects.set(name, steps);
  }
  return [...projects].map(([name, steps]) => ({ name, attempts: [...steps.values()] }));
}

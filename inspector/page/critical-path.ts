import type { ProjectModel, RunModel } from './run-model.ts';

/**
 * The projects that decided when the run ended: from the one that ended last,
 * back through what each had to wait for: the project it needs that ended last, or,
 * where all it needs was there long before, the one whose end gave it its turn.
 * To make any other project faster would not have ended the run sooner.
 */
export function criticalPath({ projects, byName }: RunModel): ReadonlySet<string> {
  const path = new Set<string>();
  const ended = projects.filter(({ startedAt }) => startedAt !== undefined);
  let next = latest(ended);
  while (next !== undefined && !path.has(next.name)) {
    path.add(next.name);
    const began = next.startedAt ?? 0;
    const needed = latest(
      next.dependsOn.flatMap((name) => byName.get(name) ?? []).filter(({ endedAt }) => endedAt !== undefined),
    );
    const turn = latest(
      ended.filter(({ name, endedAt }) => !path.has(name) && endedAt !== undefined && endedAt <= began),
    );
    // What was needed and has just ended is the reason; else the project has waited for its turn.
    next = (turn?.endedAt ?? 0) > (needed?.endedAt ?? 0) + 50 ? turn : (needed ?? turn);
  }
  return path;
}

function latest(projects: readonly ProjectModel[]): ProjectModel | undefined {
  const endOf = ({ endedAt }: ProjectModel): number => endedAt ?? Infinity;
  return projects.reduce<ProjectModel | undefined>(
    (best, each) => (best === undefined || endOf(each) > endOf(best) ? each : best),
    undefined,
  );
}

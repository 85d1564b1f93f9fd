import type { Project } from '../spec-schema/build-spec.ts';
import type { ProjectOutline, ProjectResult } from './build-event.ts';

/** A project as the first event of a run tells of it. */
export function outlineOf(
  { name, dependsOn, steps }: Project,
  {
    result,
    stepsDone,
    isCurrent,
  }: { readonly result: ProjectResult | undefined; readonly stepsDone: number; readonly isCurrent: boolean },
): ProjectOutline {
  const isSettled = result === 'built' || result === 'failed';
  return {
    name,
    dependsOn,
    steps: steps.map((step) => ({ id: step.id, title: step.title })),
    ...(isSettled ? { result } : {}),
    stepsDone,
    ...(isSettled && isCurrent ? { isCurrent: true } : {}),
  };
}

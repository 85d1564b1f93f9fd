import type { PausedAt } from '../machines/project-machine.ts';
import type { Store } from '../store/open-store.ts';
import type { ProjectRecord } from '../store/records/projects.ts';

/** Where a paused machine waits, by its save. */
export function pausedAt({ save }: ProjectRecord): PausedAt {
  return (save as { readonly snapshot: { readonly context: { readonly pausedAt: PausedAt } } }).snapshot.context
    .pausedAt;
}

/** Whether a step that its project is paused at was made by hand since: then nothing is to be decided any more. */
export function isMadeByHand(store: Store, run: string, project: ProjectRecord): boolean {
  if (project.state !== 'paused') return false;
  const { step, because } = pausedAt(project);
  return because === 'failure' && store.succeededAttempt(run, project.name, step) !== undefined;
}

/** The step that a project has failed at for good, or is paused at because it failed. */
export function failedStep(store: Store, run: string, name: string): string | undefined {
  const project = store.getProjects(run).find((each) => each.name === name);
  if (project?.state === 'paused') {
    const { step, because } = pausedAt(project);
    return because === 'failure' && !isMadeByHand(store, run, project) ? step : undefined;
  }
  if (project?.state !== 'failed') return undefined;
  const last = store.listAttempts(run, name).findLast(({ type }) => type === 'ended');
  // One that was given up at a break has not failed at the step before.
  return last?.type === 'ended' && last.outcome.type !== 'succeeded' ? last.step : undefined;
}

import { currentStep, type ProjectModel } from './run-model.ts';
import { countText, durationText, progressText } from './words.ts';

/** Waiting: for what. Running: the step. Ended: how. */
export function noteOf(project: ProjectModel): string {
  const step = currentStep(project);
  const done = project.steps.filter(({ state }) => state === 'succeeded').length;
  if (project.state === 'skipped')
    return project.because === undefined ? 'skipped' : `skipped: ${project.because} is not built`;
  if (project.state === 'paused') return project.because === 'break' ? 'paused at a break' : 'paused at a failure';
  if (project.state === 'waiting') {
    return project.dependsOn.length === 0 ? 'waiting' : `waiting · needs ${project.dependsOn.join(', ')}`;
  }
  if (project.state === 'interrupted' && step?.state !== 'interrupted')
    return `to be gone on with · ${done} of ${countText(project.steps.length, 'step')}`;
  if (step === undefined) return `${project.state} · ${done} of ${countText(project.steps.length, 'step')}`;
  const progress = step.progress === undefined ? '' : ` · ${progressText(step.progress)}`;
  return `${step.state} · ${step.title}${progress}`;
}

export function timeOf({ startedAt, endedAt, state }: ProjectModel, now: number): string {
  if (startedAt === undefined) return '';
  if (endedAt !== undefined) return durationText(endedAt - startedAt);
  return state === 'running' ? durationText(now - startedAt) : '';
}

/** The same where there is little room. */
export function shortNoteOf(project: ProjectModel): string {
  if (project.state === 'built') return countText(project.steps.length, 'step');
  if (project.state === 'skipped' || project.state === 'waiting') return project.state;
  const step = currentStep(project);
  if (step?.progress !== undefined) return progressText(step.progress);
  return step?.title ?? project.state;
}

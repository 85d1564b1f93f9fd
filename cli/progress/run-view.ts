import { outcomeText } from '../../index.ts';
import type {
  BuildEvent,
  Outcome,
  Progress,
  ProjectOutline,
  ProjectResult,
  RunResult,
  StepDuration,
} from '../../index.ts';

/**
 * What a face knows of a run: its events so far, folded. Built by
 * {@link applyEvent} alone, so live and afterwards it is the same.
 */
export interface RunView {
  run: string;
  specName: string;
  resumed: boolean;
  startedAt: number;
  durationMs: number | undefined;
  result: RunResult | undefined;
  /** In the order of the specification. */
  projects: ProjectView[];
  published: Published[];
}

export interface ProjectView {
  readonly name: string;
  readonly dependsOn: readonly string[];
  /** `paused`: it waits for a decision. `interrupted`: it ran when the process that owned the run ended. */
  state: 'waiting' | 'running' | 'paused' | 'interrupted' | ProjectResult;
  /** Counts starts and ends over all projects, so that they can be put in order. */
  changedAs: number;
  startedAt: number | undefined;
  durationMs: number | undefined;
  because: string | undefined;
  /** It was up to date when the run began. */
  isCurrent: boolean;
  /** Of a paused one. */
  pausedAt: { readonly step: string; readonly because: 'failure' | 'break' } | undefined;
  readonly steps: StepView[];
}

/**
 *     waiting ──► running ──► succeeded
 *                  │   ▲ ├──► failed
 *                  ▼   │ └──► cancelled, interrupted
 *                 retrying
 */
export interface StepView {
  readonly id: string;
  readonly title: string;
  state: 'waiting' | 'running' | 'retrying' | 'interrupted' | 'succeeded' | 'failed' | 'cancelled';
  attempt: number;
  startedAt: number | undefined;
  durationMs: number | undefined;
  /** How long it took in an earlier run; undefined where nobody knows. */
  lastMs: number | undefined;
  progress: Progress | undefined;
  /** Of the newest attempt that has ended. */
  outcome: Outcome | undefined;
  /** Failed for good, and the project went on all the same. */
  wentOn: boolean;
  /** Why it is done again, or that it was not done. */
  remark: string | undefined;
  /** Of a step that is `retrying` and waits before it: which attempt comes, and when. */
  waits: { readonly attempt: number; readonly until: number } | undefined;
}

export type Published = Extract<BuildEvent, { type: 'artifact-published' }>;

export function createRunView(): RunView {
  return {
    run: '',
    specName: '',
    resumed: false,
    startedAt: 0,
    durationMs: undefined,
    result: undefined,
    projects: [],
    published: [],
  };
}

/** Brings `view` up to date. Events of projects and steps that nobody announced are left alone. */
export function applyEvent(view: RunView, event: BuildEvent): void {
  switch (event.type) {
    case 'run-started':
      view.run = event.run;
      view.specName = event.specName;
      view.resumed = event.resumed;
      view.startedAt = event.at;
      view.durationMs = undefined;
      view.result = undefined;
      view.projects = event.projects.map((outline) => projectView(outline, projectOf(view, outline.name)));
      return;
    case 'run-ended':
      view.result = event.result;
      view.durationMs = event.durationMs;
      return;
    case 'artifact-published':
      view.published.push(event);
      return;
    case 'project-paused': {
      const project = projectOf(view, event.project);
      if (project === undefined) return;
      project.state = 'paused';
      project.pausedAt = { step: event.step, because: event.because };
      noteChange(project, view);
      return;
    }
    case 'project-started':
    case 'project-ended':
      applyToProject(view, event);
      return;
    case 'step-started':
    case 'step-waiting':
    case 'step-adopted':
    case 'step-reused':
    case 'step-dropped':
    case 'step-progress':
    case 'step-ended':
      applyToStep(view, event);
  }
}

/** Notes how long steps took when they last succeeded. */
export function noteDurations(view: RunView, durations: readonly StepDuration[]): void {
  for (const { project, step, durationMs } of durations) {
    const found = projectOf(view, project)?.steps.find(({ id }) => id === step);
    if (found !== undefined) found.lastMs = durationMs;
  }
}

/** Says of a run that nobody owns any more: what ran, does not. */
export function stopView(view: RunView): void {
  for (const project of view.projects) {
    if (project.state === 'running') project.state = 'interrupted';
    for (const step of project.steps) {
      if (step.state === 'running' || step.state === 'retrying') step.state = 'interrupted';
    }
  }
}

/** Whether there was nothing to build. */
export function isAllCurrent({ projects }: RunView): boolean {
  return projects.length > 0 && projects.every(({ isCurrent }) => isCurrent);
}

/** The step that a running project is at, or the one it failed at. */
export function currentStep(project: ProjectView): StepView | undefined {
  return (
    project.steps.find(({ state }) => state === 'running' || state === 'retrying') ??
    project.steps.find(({ state, wentOn }) => state === 'failed' && !wentOn)
  );
}

type ProjectEvent = Extract<BuildEvent, { type: 'project-started' | 'project-ended' }>;
type StepEvent = Extract<
  BuildEvent,
  {
    type:
      | 'step-started'
      | 'step-waiting'
      | 'step-adopted'
      | 'step-reused'
      | 'step-dropped'
      | 'step-progress'
      | 'step-ended';
  }
>;

function applyToProject(view: RunView, event: ProjectEvent): void {
  const project = projectOf(view, event.project);
  if (project === undefined) return;
  noteChange(project, view);
  if (event.type === 'project-started') {
    project.state = 'running';
    project.startedAt = event.at;
    return;
  }
  for (const step of project.steps) {
    if (event.result === 'cancelled' && step.state === 'retrying') step.state = 'cancelled';
  }
  project.state = event.result;
  project.durationMs = event.durationMs;
  project.because = event.because;
  if (event.isCurrent === true) project.isCurrent = true;
}

function noteChange(project: ProjectView, view: RunView): void {
  project.changedAs = Math.max(...view.projects.map(({ changedAs }) => changedAs)) + 1;
}

function applyToStep(view: RunView, event: StepEvent): void {
  const project = projectOf(view, event.project);
  const step = project?.steps.find(({ id }) => id === event.step);
  if (project === undefined || step === undefined) return;
  if (event.type === 'step-progress') {
    step.progress = event;
    return;
  }
  if (event.type === 'step-dropped') {
    step.remark = `again: ${event.because}`;
    return;
  }
  step.waits = undefined;
  if (event.type === 'step-waiting') {
    step.state = 'retrying';
    step.waits = { attempt: event.attempt, until: event.until };
    return;
  }
  step.attempt = event.attempt;
  step.progress = undefined;
  if (event.type === 'step-reused') {
    step.state = 'succeeded';
    step.remark = `kept from run ${event.from}`;
    return;
  }
  if (event.type === 'step-started' || event.type === 'step-adopted') {
    step.state = 'running';
    step.startedAt = event.type === 'step-adopted' ? event.startedAt : event.at;
    step.durationMs = undefined;
    return;
  }
  step.outcome = event.outcome;
  step.durationMs = event.durationMs;
  step.wentOn = event.next === 'continue';
  const { type } = event.outcome;
  if (event.outcome.type === 'succeeded' && event.outcome.byHand === true) {
    // By somebody who is not the build: its project, and the run, have not ended any more, nor wait for a decision.
    step.remark = outcomeText(event.outcome);
    project.state = 'interrupted';
    view.result = undefined;
  }
  if (type === 'succeeded' || type === 'cancelled') step.state = type;
  else step.state = event.next === 'retry' ? 'retrying' : 'failed';
}

/** A project as a run begins; of one that goes on, what `before` knows of its finished steps is kept. */
function projectView(outline: ProjectOutline, before: ProjectView | undefined): ProjectView {
  return {
    name: outline.name,
    dependsOn: outline.dependsOn,
    state: outline.result ?? 'waiting',
    changedAs: 0,
    startedAt: undefined,
    durationMs: before?.durationMs,
    because: before?.because,
    isCurrent: outline.isCurrent ?? before?.isCurrent ?? false,
    pausedAt: undefined,
    steps: outline.steps.map(({ id, title }, index): StepView => {
      const known = before?.steps.find((step) => step.id === id);
      if (index < outline.stepsDone && known !== undefined) return known;
      return {
        id,
        title,
        state: index < outline.stepsDone ? 'succeeded' : 'waiting',
        attempt: 0,
        startedAt: undefined,
        durationMs: undefined,
        lastMs: undefined,
        progress: undefined,
        outcome: undefined,
        wentOn: false,
        remark: undefined,
        waits: undefined,
      };
    }),
  };
}

function projectOf(view: RunView, name: string): ProjectView | undefined {
  return view.projects.find((project) => project.name === name);
}

import type { BuildEvent, Outcome, Progress, ProjectOutline, RunResult } from '../../index.ts';

export type ProjectState =
  'waiting' | 'running' | 'paused' | 'interrupted' | 'built' | 'failed' | 'cancelled' | 'skipped';
export type StepState = 'waiting' | 'running' | 'retrying' | 'interrupted' | 'succeeded' | 'failed' | 'cancelled';

/** What the page knows of a run: its events so far, folded; live, in a replay and in a report the same. */
export interface RunModel {
  specName: string;
  startedAt: number;
  /** The time of the newest event. */
  at: number;
  endedAt: number | undefined;
  result: RunResult | undefined;
  /** In the order of the specification. */
  projects: ProjectModel[];
  byName: Map<string, ProjectModel>;
}

export interface ProjectModel {
  readonly name: string;
  readonly dependsOn: readonly string[];
  state: ProjectState;
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** For a skipped one: the project that is not built; for a paused one: `failure` or `break`. */
  because: string | undefined;
  /** The step that its machine waits at for a decision, also while nobody goes on. */
  pausedAt: string | undefined;
  readonly steps: StepModel[];
  /** Grows with each of its events: what is drawn of the same version is the same. */
  version: number;
  /** Transitions of its machine, in order. */
  readonly walks: Walk[];
}

export interface StepModel {
  readonly id: string;
  readonly title: string;
  state: StepState;
  readonly attempts: AttemptModel[];
  /** Of one that is retrying and waits first: until when. */
  waitsUntil: number | undefined;
  /** Failed for good, and the project went on all the same. */
  passedOver: boolean;
  /** How far it is, while it runs and when that is known. */
  progress: Progress | undefined;
  /** Why it is done again, or that it was not done. */
  remark: string | undefined;
}

export interface AttemptModel {
  readonly number: number;
  startedAt: number;
  endedAt: number | undefined;
  outcome: Outcome | undefined;
  readonly reused: boolean;
}

/** One transition: from a step's state to the next one, back to itself, to an end, or to `paused` and from there. */
export interface Walk {
  readonly step: string;
  readonly way:
    | 'succeeded'
    | 'passed over'
    | 'retry'
    | 'failed'
    | 'cancelled'
    /** To `paused`: because the step failed, or before it. */
    | 'paused'
    /** From `paused`, by a decision. */
    | 'gone on'
    | 'skipped'
    | 'given up'
    | 'cancelled while paused';
  readonly at: number;
}

export function emptyModel(): RunModel {
  return {
    specName: '',
    startedAt: 0,
    at: 0,
    endedAt: undefined,
    result: undefined,
    projects: [],
    byName: new Map(),
  };
}

/** Brings `model` up to date. What nobody announced is left alone. */
export function applyEvent(model: RunModel, event: BuildEvent): void {
  model.at = event.at;
  switch (event.type) {
    case 'run-started':
      if (model.startedAt === 0) model.startedAt = event.at;
      model.specName = event.specName;
      model.endedAt = undefined;
      model.result = undefined;
      model.projects = event.projects.map((outline) => projectModel(outline, model.byName.get(outline.name)));
      model.byName = new Map(model.projects.map((project) => [project.name, project]));
      return;
    case 'run-ended':
      model.result = event.result;
      model.endedAt = event.at;
      return;
    case 'project-started':
    case 'project-paused':
    case 'project-ended':
      applyToProject(model, event);
      return;
    case 'artifact-published':
      return;
    case 'step-progress':
    case 'step-started':
    case 'step-waiting':
    case 'step-adopted':
    case 'step-reused':
    case 'step-dropped':
    case 'step-ended':
      applyToStep(model, event);
  }
}

type ProjectEvent = Extract<BuildEvent, { type: 'project-started' | 'project-paused' | 'project-ended' }>;
type StepEvent = Extract<
  BuildEvent,
  {
    type:
      | 'step-progress'
      | 'step-started'
      | 'step-waiting'
      | 'step-adopted'
      | 'step-reused'
      | 'step-dropped'
      | 'step-ended';
  }
>;

function applyToProject(model: RunModel, event: ProjectEvent): void {
  const project = model.byName.get(event.project);
  if (project === undefined) return;
  project.version += 1;
  if (event.type === 'project-started') {
    project.state = 'running';
    project.startedAt ??= event.at;
    return;
  }
  if (event.type === 'project-paused') {
    project.state = 'paused';
    project.because = event.because;
    pauseAt(project, event);
    return;
  }
  if (event.result !== 'skipped') {
    const ways = { built: 'skipped', failed: 'given up', cancelled: 'cancelled while paused' } as const;
    leavePause(project, ways[event.result], event.at);
  }
  project.state = event.result;
  project.endedAt = event.at;
  project.because = event.because;
  for (const step of project.steps) {
    if (event.result === 'cancelled' && step.state === 'retrying') step.state = 'cancelled';
  }
}

/** What looked like the end was the way to `paused`. Said again by a process that found nothing decided, it is no other pause. */
function pauseAt(
  project: ProjectModel,
  { step, because, at }: Extract<ProjectEvent, { type: 'project-paused' }>,
): void {
  if (project.pausedAt === step) return;
  project.pausedAt = step;
  const last = project.walks.at(-1);
  if (because === 'failure' && last?.step === step && last.way === 'failed') project.walks.pop();
  // A break is before the step: the way leads from the one before.
  const from = because === 'failure' ? step : project.steps[project.steps.findIndex(({ id }) => id === step) - 1]?.id;
  if (from !== undefined) project.walks.push({ step: from, way: 'paused', at });
}

function leavePause(project: ProjectModel, way: Walk['way'], at: number): void {
  if (project.pausedAt === undefined) return;
  project.walks.push({ step: project.pausedAt, way, at });
  project.pausedAt = undefined;
}

function applyToStep(model: RunModel, event: StepEvent): void {
  const project = model.byName.get(event.project);
  const step = project?.steps.find(({ id }) => id === event.step);
  if (project === undefined || step === undefined) return;
  project.version += 1;
  if (event.type === 'step-dropped') {
    step.remark = `again: ${event.because}`;
    return;
  }
  if (event.type === 'step-waiting') {
    step.state = 'retrying';
    step.waitsUntil = event.until;
    return;
  }
  if (event.type === 'step-progress') {
    const { label, done, total } = event;
    if (step.state !== 'running') return;
    step.progress = { label, ...(done === undefined ? {} : { done }), ...(total === undefined ? {} : { total }) };
    return;
  }
  step.waitsUntil = undefined;
  step.progress = undefined;
  const known = step.attempts.find(({ number }) => number === event.attempt);
  if (event.type === 'step-ended') {
    if (known !== undefined) {
      known.endedAt = event.at;
      known.outcome = event.outcome;
    }
    if (event.outcome.type === 'succeeded' && event.outcome.byHand === true) {
      // By somebody who is not the build: what had ended, or waited, is to be gone on with.
      project.state = 'interrupted';
      project.endedAt = undefined;
      model.result = undefined;
      model.endedAt = undefined;
      const last = project.walks.at(-1);
      if (last?.step === step.id && last.way === 'failed') project.walks.pop();
      // It was told when it was there.
      if (known !== undefined) known.startedAt = event.at - event.durationMs;
    }
    applyEnd(project, step, event);
    return;
  }
  if (event.type === 'step-reused') {
    step.state = 'succeeded';
    step.remark = `taken from run ${event.from}`;
    step.attempts.push({
      number: event.attempt,
      startedAt: event.at,
      endedAt: event.at,
      outcome: { type: 'succeeded' },
      reused: true,
    });
    project.walks.push({ step: step.id, way: 'succeeded', at: event.at });
    return;
  }
  leavePause(project, project.pausedAt === step.id ? 'gone on' : 'skipped', event.at);
  step.state = 'running';
  if (known !== undefined) known.endedAt = undefined;
  else {
    const startedAt = event.type === 'step-adopted' ? event.startedAt : event.at;
    step.attempts.push({ number: event.attempt, startedAt, endedAt: undefined, outcome: undefined, reused: false });
  }
}

function applyEnd(
  project: ProjectModel,
  step: StepModel,
  { outcome, next, at }: Extract<StepEvent, { type: 'step-ended' }>,
): void {
  const walk = (way: Walk['way']): void => void project.walks.push({ step: step.id, way, at });
  if (outcome.type === 'succeeded') {
    step.state = 'succeeded';
    walk('succeeded');
  } else if (outcome.type === 'interrupted') {
    step.state = 'interrupted'; // The machine hears nothing of it: the step is begun again.
  } else if (outcome.type === 'cancelled') {
    step.state = 'cancelled';
    walk('cancelled');
  } else if (next === 'retry') {
    step.state = 'retrying';
    walk('retry');
  } else {
    step.state = 'failed';
    step.passedOver = next === 'continue';
    walk(next === 'continue' ? 'passed over' : 'failed');
  }
}

/** A project as a run begins; of one that goes on, what is known of its finished steps is kept. */
function projectModel(outline: ProjectOutline, before: ProjectModel | undefined): ProjectModel {
  return {
    name: outline.name,
    dependsOn: outline.dependsOn,
    version: (before?.version ?? 0) + 1,
    state: outline.result ?? 'waiting',
    startedAt: before?.startedAt,
    endedAt: outline.result === undefined ? undefined : before?.endedAt,
    because: outline.result === undefined ? undefined : before?.because,
    pausedAt: before?.pausedAt,
    walks: before?.walks.filter(({ way }) => way !== 'cancelled') ?? [],
    steps: outline.steps.map(({ id, title }, index): StepModel => {
      const known = before?.steps.find((step) => step.id === id);
      const isDone = index < outline.stepsDone;
      if (isDone && known !== undefined) return known;
      return {
        id,
        title,
        state: isDone ? 'succeeded' : 'waiting',
        attempts: known?.attempts ?? [],
        waitsUntil: undefined,
        passedOver: false,
        progress: undefined,
        remark: undefined,
      };
    }),
  };
}

/** Says of a run that nobody builds any more: what ran, does not. */
export function stopModel(model: RunModel): void {
  for (const project of model.projects) {
    project.version += 0.5; // as no event does
    if (project.state === 'running') project.state = 'interrupted';
    for (const step of project.steps) {
      if (step.state === 'running' || step.state === 'retrying') step.state = 'interrupted';
    }
  }
}

/** The step that a project is at: the one that runs, else the one that it failed at. */
export function currentStep(project: ProjectModel): StepModel | undefined {
  return (
    project.steps.find(({ state }) => state === 'running' || state === 'retrying' || state === 'interrupted') ??
    project.steps.find(({ state, passedOver }) => (state === 'failed' && !passedOver) || state === 'cancelled')
  );
}

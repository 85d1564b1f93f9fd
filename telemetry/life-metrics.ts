import { ValueType } from '@opentelemetry/api';
import type { Attributes, Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api';
import type { BuildEvent } from '../index.ts';
import { actionOf, outcomeWord, resultWord } from './conventions.ts';

/** The instruments: of runs those of OpenTelemetry's conventions, and our own of what these do not have. */
export interface Instruments {
  readonly runDuration: Histogram;
  readonly runsActive: UpDownCounter;
  readonly runErrors: Counter;
  readonly projects: Counter;
  readonly projectsActive: UpDownCounter;
  readonly stepDuration: Histogram;
  readonly stepsReused: Counter;
}

/** From a hundredth of a second to four hours. */
const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400];

/** The instruments of a meter. See docs/observability.md. */
export function instrumentsOf(meter: Meter): Instruments {
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: SECONDS } };
  const count = (unit: string): { unit: string; valueType: ValueType } => ({ unit, valueType: ValueType.INT });
  return {
    runDuration: meter.createHistogram('cicd.pipeline.run.duration', {
      ...seconds,
      description: 'How long runs took.',
    }),
    runsActive: meter.createUpDownCounter('cicd.pipeline.run.active', {
      ...count('{run}'),
      description: 'Runs that a process builds.',
    }),
    runErrors: meter.createCounter('cicd.pipeline.run.errors', {
      ...count('{error}'),
      description: 'Runs that failed.',
    }),
    projects: meter.createCounter('contractor.projects', {
      ...count('{project}'),
      description: 'Projects that ended.',
    }),
    projectsActive: meter.createUpDownCounter('contractor.projects.active', {
      ...count('{project}'),
      description: 'Projects that are being built.',
    }),
    stepDuration: meter.createHistogram('contractor.step.duration', {
      ...seconds,
      description: 'How long attempts of steps took.',
    }),
    stepsReused: meter.createCounter('contractor.steps.reused', {
      ...count('{step}'),
      description: 'Steps whose result was taken from an earlier run.',
    }),
  };
}

/** What one life of a run adds to the instruments. What it makes active it takes back at its end. */
export class LifeMetrics {
  private readonly projects = new Set<string>();
  private readonly pipeline: Attributes;
  private isActive = true;

  private readonly instruments: Instruments;

  constructor({ specName }: Extract<BuildEvent, { type: 'run-started' }>, instruments: Instruments) {
    this.instruments = instruments;
    this.pipeline = { 'cicd.pipeline.name': specName };
    this.runs(1);
  }

  /** Takes the next event of the run. */
  add(event: BuildEvent): void {
    const { runDuration, runErrors, projects, stepDuration, stepsReused } = this.instruments;
    switch (event.type) {
      case 'project-started':
      case 'step-started':
      case 'step-adopted':
        this.projectIs('live', event.project);
        break;
      case 'step-reused':
        stepsReused.add(1, { ...this.pipeline, 'contractor.action': actionOf(event.step) });
        break;
      case 'step-ended':
        stepDuration.record(event.durationMs / 1000, {
          ...this.pipeline,
          'contractor.action': actionOf(event.step),
          'contractor.step.outcome': event.outcome.type,
          'cicd.pipeline.task.run.result': outcomeWord(event.outcome),
        });
        break;
      case 'project-paused':
        this.projectIs('over', event.project);
        break;
      case 'project-ended':
        this.projectIs('over', event.project);
        projects.add(1, { ...this.pipeline, 'cicd.pipeline.task.run.result': resultWord(event.result) });
        break;
      case 'run-ended': {
        const result = { ...this.pipeline, 'cicd.pipeline.result': resultWord(event.result) };
        runDuration.record(event.durationMs / 1000, { ...result, 'cicd.pipeline.run.state': 'executing' });
        if (event.result === 'failed') runErrors.add(1, { ...this.pipeline, 'error.type': 'failed' });
        this.breakOff();
        break;
      }
      case 'run-started':
      case 'step-waiting':
      case 'step-dropped':
      case 'step-progress':
      case 'artifact-published':
    }
  }

  /** Nothing of it is active any more. */
  breakOff(): void {
    for (const project of this.projects) this.projectIs('over', project);
    if (this.isActive) this.runs(-1);
    this.isActive = false;
  }

  private runs(difference: 1 | -1): void {
    this.instruments.runsActive.add(difference, { ...this.pipeline, 'cicd.pipeline.run.state': 'executing' });
  }

  private projectIs(state: 'live' | 'over', project: string): void {
    if (this.projects.has(project) === (state === 'live')) return;
    if (state === 'live') this.projects.add(project);
    else this.projects.delete(project);
    this.instruments.projectsActive.add(state === 'live' ? 1 : -1, this.pipeline);
  }
}

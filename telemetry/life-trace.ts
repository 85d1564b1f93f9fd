import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Link, Span, Tracer } from '@opentelemetry/api';
import { outcomeText } from '../index.ts';
import type { BuildEvent, ProjectOutline } from '../index.ts';
import { outcomeWord, resultWord } from './conventions.ts';
import { originOf } from './trace-ids.ts';
import type { UsedArtifact } from './used-artifacts.ts';

type EventOf<Type extends BuildEvent['type']> = Extract<BuildEvent, { type: Type }>;

/** What a trace is made with. */
export interface LifeWorld {
  readonly tracer: Tracer;
  /** Which artifacts a step takes, for its links. */
  readonly uses: (project: string, step: string) => readonly UsedArtifact[];
}

/**
 * The spans of one *life* of a run: of what one process does of it, from its `run-started` to the end or to
 * where the process is no more. A run that is gone on with has several, all in one trace.
 *
 *     origin (only its ids)
 *       └─ run
 *            └─ project
 *                 └─ attempt of a step ──link──► attempt that published what it takes, or the origin of that run
 */
export class LifeTrace {
  private readonly run: Span;
  private readonly projects = new Map<string, Span>();
  private readonly steps = new Map<string, Span>();
  /** Of each artifact that this life has published, the attempt that did. */
  private readonly publishers = new Map<string, Span>();
  private readonly titles: ReadonlyMap<string, string>;

  private readonly started: EventOf<'run-started'>;
  private readonly world: LifeWorld;

  constructor(started: EventOf<'run-started'>, world: LifeWorld) {
    this.started = started;
    this.world = world;
    const { run, at, specName, resumed, continues, projects } = started;
    this.titles = titlesOf(projects);
    const attributes = {
      'cicd.pipeline.name': specName,
      'cicd.pipeline.run.id': run,
      'cicd.pipeline.action.name': 'BUILD',
      'contractor.run.resumed': resumed,
      'contractor.projects': projects.length,
      'contractor.projects.up_to_date': projects.filter(({ isCurrent }) => isCurrent).length,
    };
    const links: Link[] =
      continues === undefined
        ? []
        : [{ context: originOf(continues.run), attributes: { 'contractor.link': 'continues' } }];
    const startTime = new Date(at);
    this.run = world.tracer.startSpan(
      `BUILD ${specName}`,
      { kind: SpanKind.SERVER, startTime, attributes, links },
      trace.setSpanContext(ROOT_CONTEXT, originOf(run)),
    );
  }

  /** Takes the next event of the run. */
  add(event: BuildEvent): void {
    const step = 'step' in event ? `${event.project}\n${event.step}` : '';
    switch (event.type) {
      case 'project-started':
        this.projectOf(event.project, event.at);
        break;
      case 'step-started':
        this.startStep(event, event.at, {});
        break;
      case 'step-adopted':
        this.startStep(event, event.startedAt, { 'contractor.step.adopted': true });
        break;
      case 'step-reused':
        this.note('step reused', event, { 'contractor.reused.run': event.from });
        break;
      case 'step-waiting':
        this.note('step waits', event, { 'contractor.step.until': new Date(event.until).toISOString() });
        break;
      case 'project-paused':
        this.note('project paused', event, { 'contractor.paused.because': event.because });
        break;
      case 'artifact-published':
        this.published(event, this.steps.get(step));
        break;
      case 'step-ended':
        endStep(this.steps.get(step), event);
        break;
      case 'project-ended': {
        const span = this.projectOf(event.project, event.at - event.durationMs);
        endAs(span, event, { 'cicd.pipeline.task.run.result': resultWord(event.result) });
        break;
      }
      case 'run-ended':
        endAs(this.run, event, { 'cicd.pipeline.result': resultWord(event.result) });
        break;
      case 'run-started':
      case 'step-dropped':
      case 'step-progress':
    }
  }

  /** Ends what has not ended: the process that did it is no more, or waits, or nobody is to hear any more. */
  breakOff(because: 'paused' | 'interrupted' | 'unobserved', at: number): void {
    for (const span of [...this.steps.values(), ...this.projects.values(), this.run]) {
      if (span.isRecording()) span.setAttribute('contractor.broken_off', because).end(new Date(at));
    }
  }

  private startStep(
    { project, step, attempt, attemptId }: EventOf<'step-adopted' | 'step-started'>,
    at: number,
    more: Attributes,
  ): void {
    const attributes = {
      'cicd.pipeline.task.name': step,
      'cicd.pipeline.task.run.id': attemptId,
      'contractor.project': project,
      'contractor.step.title': this.titles.get(`${project}\n${step}`) ?? step,
      'contractor.step.attempt': attempt,
      ...more,
    };
    const links = this.world.uses(project, step).flatMap((used) => this.linkTo(used));
    const span = this.world.tracer.startSpan(
      `${project}: ${step}`,
      { startTime: new Date(at), attributes, links },
      within(this.projectOf(project, at)),
    );
    this.steps.set(`${project}\n${step}`, span);
  }

  private projectOf(project: string, at: number): Span {
    const known = this.projects.get(project);
    if (known !== undefined) return known;
    const attributes = { 'cicd.pipeline.task.name': project, 'contractor.project': project };
    // A project that a life finds under way has begun before it, and this span of it begins with the life.
    const startTime = new Date(Math.max(at, this.started.at));
    const span = this.world.tracer.startSpan(project, { startTime, attributes }, within(this.run));
    this.projects.set(project, span);
    return span;
  }

  private published(event: EventOf<'artifact-published'>, publisher: Span | undefined): void {
    if (publisher === undefined) return;
    const { artifact, version, digest, isNew, sizeBytes, at } = event;
    publisher.addEvent(
      'artifact published',
      {
        'contractor.artifact.name': artifact,
        'contractor.artifact.version': version,
        'contractor.artifact.digest': digest,
        'contractor.artifact.new': isNew,
        'contractor.artifact.size': sizeBytes,
      },
      new Date(at),
    );
    this.publishers.set(artifact, publisher);
  }

  private linkTo({ name, version }: UsedArtifact): Link[] {
    const publisher = this.publishers.get(name);
    const madeBy = version?.madeBy;
    const context = publisher?.spanContext() ?? (madeBy && originOf(madeBy.run));
    if (context === undefined) return [];
    const attributes: Attributes = { 'contractor.link': 'uses', 'contractor.artifact.name': name };
    if (version !== undefined) attributes['contractor.artifact.version'] = version.version;
    if (version !== undefined) attributes['contractor.artifact.digest'] = version.digest;
    return [{ context, attributes }];
  }

  private note(
    name: string,
    event: EventOf<'step-reused' | 'step-waiting' | 'project-paused'>,
    more: Attributes,
  ): void {
    const attributes = { 'contractor.project': event.project, 'cicd.pipeline.task.name': event.step, ...more };
    (this.projects.get(event.project) ?? this.run).addEvent(name, attributes, new Date(event.at));
  }
}

const within = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span);

const titlesOf = (projects: readonly ProjectOutline[]): ReadonlyMap<string, string> =>
  new Map(projects.flatMap(({ name, steps }) => steps.map(({ id, title }) => [`${name}\n${id}`, title] as const)));

function endStep(span: Span | undefined, { outcome, at }: EventOf<'step-ended'>): void {
  if (span === undefined) return;
  span.setAttribute('cicd.pipeline.task.run.result', outcomeWord(outcome));
  span.setAttribute('contractor.step.outcome', outcome.type);
  if (outcome.type !== 'succeeded' && outcome.type !== 'cancelled') {
    span.setAttribute('error.type', outcome.type);
    span.setStatus({ code: SpanStatusCode.ERROR, message: outcomeText(outcome) });
  }
  span.end(new Date(at));
}

function endAs(span: Span, { result, at }: EventOf<'project-ended' | 'run-ended'>, attributes: Attributes): void {
  span.setAttributes(attributes);
  if (result === 'failed') span.setAttribute('error.type', 'failed').setStatus({ code: SpanStatusCode.ERROR });
  span.end(new Date(at));
}

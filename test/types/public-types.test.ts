/**
 * What the public types admit and refuse. The type check of `npm test` reads this file: a line after
 * `@ts-expect-error` that is no error fails it.
 */
import { describe, expectTypeOf, test } from 'vitest';
import type {
  ArtifactVersion,
  BuildEvent,
  BuildOptions,
  ErrorCode,
  Outcome,
  PauseDecision,
  Project,
  Run,
  RunEnd,
  RunResult,
  RunSummary,
  SpecSource,
  Supervisor,
  SupervisorOptions,
} from '../../index.ts';
import { observeRuns } from '../../telemetry/opentelemetry.ts';
import type { ObserveOptions, Observer } from '../../telemetry/opentelemetry.ts';
import { ContractorError, createSupervisor, outcomeText } from '../../index.ts';

type EventOf<Type extends BuildEvent['type']> = Extract<BuildEvent, { type: Type }>;

test('[A-214] a supervisor is made without an option, and builds runs', () => {
  expectTypeOf(createSupervisor).returns.toEqualTypeOf<Supervisor>();
  expectTypeOf(createSupervisor).toBeCallableWith();
  expectTypeOf<Supervisor['build']>().parameter(0).toEqualTypeOf<SpecSource>();
  expectTypeOf<Supervisor['build']>().parameter(1).toEqualTypeOf<BuildOptions | undefined>();
  expectTypeOf<Supervisor['build']>().returns.resolves.toExtend<Run>();
  expectTypeOf<Supervisor['resume']>().returns.resolves.toExtend<Run>();
});

test('[A-214] how a run ended is a closed union, and so is what is decided of a pause', () => {
  expectTypeOf<Extract<RunResult, string>>().toEqualTypeOf<'built' | 'failed' | 'cancelled'>();
  expectTypeOf<RunResult>().toExtend<RunEnd>();
  expectTypeOf<Run['result']>().resolves.toEqualTypeOf<RunEnd>();
  expectTypeOf<PauseDecision>().toEqualTypeOf<'go-on' | 'skip' | 'give-up'>();
  // @ts-expect-error: nothing else is decided
  expectTypeOf<'retry'>().toExtend<PauseDecision>();
});

describe('[A-214] events', () => {
  test('each has the run and the time; those that are kept count', () => {
    expectTypeOf<BuildEvent['run']>().toEqualTypeOf<string>();
    expectTypeOf<BuildEvent['at']>().toEqualTypeOf<number>();
    expectTypeOf<Exclude<BuildEvent, { type: 'step-progress' }>['seq']>().toEqualTypeOf<number>();
    // @ts-expect-error: progress is not kept
    expectTypeOf((event: EventOf<'step-progress'>) => event.seq).toBeFunction();
  });

  test('the type tells what an event has', () => {
    expectTypeOf<EventOf<'step-ended'>['outcome']>().toEqualTypeOf<Outcome>();
    expectTypeOf<EventOf<'artifact-published'>>().toHaveProperty('digest').toEqualTypeOf<string>();
    expectTypeOf((event: BuildEvent) => {
      // @ts-expect-error: not every event is of a step
      outcomeText(event.outcome);
      return event.type === 'step-ended' ? outcomeText(event.outcome) : undefined;
    }).toBeFunction();
    // @ts-expect-error: there is no such event
    expectTypeOf((event: BuildEvent) => event.type === 'step-finished').toBeFunction();
  });
});

test('[A-214] an outcome tells by its type what else it has', () => {
  expectTypeOf<Extract<Outcome, { type: 'timed-out' }>['timeoutMs']>().toEqualTypeOf<number>();
  expectTypeOf((outcome: Outcome) => {
    // @ts-expect-error: a command that was killed has no status
    return outcome.type === 'killed' ? outcome.exitCode : 0;
  }).toBeFunction();
});

test('[A-214] what is asked for is checked by its names', () => {
  expectTypeOf((supervisor: Supervisor, source: SpecSource) => {
    void supervisor.build(source, { jobs: 2, onFailure: 'pause' });
    // @ts-expect-error: a misspelt option
    void supervisor.build(source, { job: 2 });
    // @ts-expect-error: no such way
    return supervisor.build(source, { onFailure: 'go-on' });
  }).toBeFunction();
});

test('[A-214] [A-273] a clock is a function that gives milliseconds', () => {
  expectTypeOf(createSupervisor).toBeCallableWith({ now: Date.now });
  // @ts-expect-error: a time, and no clock
  expectTypeOf<{ now: number }>().toExtend<SupervisorOptions>();
  // @ts-expect-error: dates are no milliseconds
  expectTypeOf<{ now: () => Date }>().toExtend<SupervisorOptions>();
});

test('[A-214] what is given out cannot be changed', () => {
  expectTypeOf((run: RunSummary, artifact: ArtifactVersion, project: Project) => {
    // @ts-expect-error: read only
    run.endedAt = 1;
    // @ts-expect-error: read only
    artifact.name = '';
    // @ts-expect-error: read only
    project.steps.push(project.steps[0]);
  }).toBeFunction();
});

test('[A-214] the codes of refusals are a closed union', () => {
  expectTypeOf<ContractorError['code']>().toEqualTypeOf<ErrorCode>();
  // @ts-expect-error: there is no such code
  expectTypeOf(() => new ContractorError('NO_SUCH_CODE', '', '')).toBeFunction();
});

test('[A-214] an observer needs a supervisor, and may be given the providers of an SDK', () => {
  expectTypeOf(observeRuns).parameter(0).toEqualTypeOf<Supervisor>();
  expectTypeOf(observeRuns).parameter(1).toEqualTypeOf<ObserveOptions | undefined>();
  expectTypeOf(observeRuns).returns.toEqualTypeOf<Observer>();
  // @ts-expect-error: a provider is none of tracers and meters both
  expectTypeOf<{ provider: object }>().toExtend<Required<ObserveOptions>>();
});

import { SpanStatusCode } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BuildEvent, Outcome } from '../../index.ts';
import { instrumentsOf, LifeMetrics } from '../../telemetry/life-metrics.ts';
import { LifeTrace } from '../../telemetry/life-trace.ts';
import { originOf } from '../../telemetry/trace-ids.ts';
import { collect } from './collected.ts';
import type { Collected } from './collected.ts';

let collected: Collected;
beforeEach(() => void (collected = collect()));
afterEach(() => collected.close());

/** A moment that an SDK would take for one since the start of the process, if it were given as a number. */
const T = 10;

const kept = (at: number): { run: string; at: number; seq: number } => ({ run: 'r1', at: T + at, seq: 1 });
const step = (at: number, id = '2-shell') => ({
  ...kept(at),
  project: 'p',
  step: id,
  attempt: 1,
  attemptId: `a-${id}`,
});

const started: Extract<BuildEvent, { type: 'run-started' }> = {
  ...kept(0),
  type: 'run-started',
  specName: 'build.yaml',
  resumed: false,
  projects: [{ name: 'p', dependsOn: [], steps: [{ id: '2-shell', title: 'make' }], stepsDone: 0 }],
};

const ended = (outcome: Outcome): BuildEvent => ({ ...step(30), type: 'step-ended', outcome, durationMs: 20 });

function tell(...events: readonly BuildEvent[]): { trace: LifeTrace; metrics: LifeMetrics } {
  const tracer = collected.tracerProvider.getTracer('test');
  const life = {
    trace: new LifeTrace(started, { tracer, uses: () => [] }),
    metrics: new LifeMetrics(started, instrumentsOf(collected.meterProvider.getMeter('test'))),
  };
  for (const event of events) {
    life.trace.add(event);
    life.metrics.add(event);
  }
  return life;
}

const ms = ([s, ns]: readonly [number, number]): number => Math.round(s * 1000 + ns / 1e6);

test('the ids of an origin come from the run alone', () => {
  expect(originOf('r1')).toEqual(originOf('r1'));
  expect(originOf('r1').traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(originOf('r1').spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(originOf('r2').traceId).not.toBe(originOf('r1').traceId);
});

test.each([
  [{ type: 'failed', exitCode: 2 }, 'failure', 'exit status 2'],
  [{ type: 'timed-out', timeoutMs: 1000 }, 'timeout', 'timed out after 1 s'],
  [{ type: 'killed', signal: 'SIGKILL' }, 'error', 'killed by SIGKILL'],
] as const)('[A-215] a step that ends as $type is an error, in the words of the conventions', (outcome, word, text) => {
  tell({ ...step(10), type: 'step-started' }, ended(outcome));
  const span = collected.span('p: 2-shell');
  expect(span.attributes).toMatchObject({
    'cicd.pipeline.task.run.result': word,
    'error.type': outcome.type,
    'contractor.step.title': 'make',
  });
  expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: text });
});

test('[A-215] a step that was cancelled is no error', () => {
  tell({ ...step(10), type: 'step-started' }, ended({ type: 'cancelled' }));
  const { attributes, status } = collected.span('p: 2-shell');
  expect(attributes).toMatchObject({ 'cicd.pipeline.task.run.result': 'cancellation' });
  expect(status.code).toBe(SpanStatusCode.UNSET);
});

test('[A-215] spans have the times of the records, whenever they are told', () => {
  tell(
    { ...kept(5), type: 'project-started', project: 'p' },
    { ...step(10), type: 'step-started' },
    ended({ type: 'succeeded' }),
    { ...kept(40), type: 'project-ended', project: 'p', result: 'built', durationMs: 35 },
    { ...kept(50), type: 'run-ended', result: 'built', durationMs: 50 },
  );
  const times = ['BUILD build.yaml', 'p', 'p: 2-shell'].map((name) => {
    const { startTime, endTime } = collected.span(name);
    return [ms(startTime) - T, ms(endTime) - T];
  });
  expect(times).toEqual([
    [0, 50],
    [5, 40],
    [10, 30],
  ]);
});

test('[A-216] what is open when a life is broken off ends then, and says why; what is active is so no more', async () => {
  const { trace, metrics } = tell(
    { ...kept(5), type: 'project-started', project: 'p' },
    { ...step(10), type: 'step-started' },
  );
  expect(await collected.points('cicd.pipeline.run.active')).toMatchObject([{ value: 1 }]);
  expect(await collected.points('contractor.projects.active')).toMatchObject([{ value: 1 }]);
  trace.breakOff('interrupted', T + 99);
  metrics.breakOff();
  metrics.breakOff();
  expect(collected.spans()).toHaveLength(3);
  for (const { attributes, endTime } of collected.spans()) {
    expect(attributes).toMatchObject({ 'contractor.broken_off': 'interrupted' });
    expect(ms(endTime) - T).toBe(99);
  }
  expect(await collected.points('cicd.pipeline.run.active')).toMatchObject([{ value: 0 }]);
  expect(await collected.points('contractor.projects.active')).toMatchObject([{ value: 0 }]);
});

test('[A-216] an attempt that was taken over has begun when it began, in another life', () => {
  tell({ ...step(10), type: 'step-adopted', startedAt: T - 500 }, ended({ type: 'succeeded' }));
  const span = collected.span('p: 2-shell');
  expect(ms(span.startTime) - T).toBe(-500);
  expect(span.attributes).toMatchObject({ 'contractor.step.adopted': true });
});

test('[A-217] a run that failed is counted as an error, and a step that was reused as one that was not run', async () => {
  tell(
    { ...step(1, '1-git'), type: 'step-reused', from: 'r0' },
    { ...kept(50), type: 'run-ended', result: 'failed', durationMs: 50 },
  );
  expect(await collected.points('cicd.pipeline.run.errors')).toMatchObject([{ value: 1 }]);
  expect(await collected.points('contractor.steps.reused')).toEqual([
    { attributes: { 'cicd.pipeline.name': 'build.yaml', 'contractor.action': 'git' }, value: 1 },
  ]);
  expect(await collected.points('contractor.step.duration')).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSupervisor } from '../../index.ts';
import { observeRuns } from '../../telemetry/opentelemetry.ts';
import type { Observer } from '../../telemetry/opentelemetry.ts';
import { originOf } from '../../telemetry/trace-ids.ts';
import { killedAt } from '../supervisor/killed-build.ts';
import { onTiny, openTestStore, project, publish, shell, unpack, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { collect } from './collected.ts';
import type { Collected } from './collected.ts';

const lacking = await whatHostLacks();
let store: TestStore;
let collected: Collected;
let observer: Observer;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());
beforeEach(() => {
  if (lacking !== '') return;
  collected = collect();
  observer = observeRuns(store.supervisor, { ...collected, lookMs: 20 });
});
afterEach(async () => {
  observer?.close();
  await collected?.close();
});

const makes = project('makes', [onTiny, shell('echo one > file'), publish('part')]);
const takes = project('takes', [onTiny, unpack('part'), shell('cat file')]);

/** When a span began, in milliseconds since 1970. */
const msOf = (span: ReadableSpan | undefined): number => {
  const [seconds, nanoseconds] = span?.startTime ?? [0, 0];
  return seconds * 1000 + nanoseconds / 1e6;
};

describe.skipIf(lacking !== '')('a build that is observed', () => {
  test('[A-215] is a trace of run, projects and steps, with a link from who takes an artifact to who made it', async () => {
    const { id, result } = await store.build([makes, takes]);
    expect(result).toBe('built');
    observer.close();
    const run = collected.span('BUILD specification object');
    expect(run.attributes).toMatchObject({ 'cicd.pipeline.run.id': id, 'cicd.pipeline.result': 'success' });
    expect(run.parentSpanContext).toMatchObject(originOf(id));
    for (const name of ['makes', 'takes']) {
      const span = collected.span(name);
      expect(span.parentSpanContext?.spanId).toBe(run.spanContext().spanId);
      expect(collected.span(`${name}: 1-create-systree`).parentSpanContext?.spanId).toBe(span.spanContext().spanId);
    }
    const traces = new Set(collected.spans().map((span) => span.spanContext().traceId));
    expect([...traces]).toEqual([originOf(id).traceId]);
    expect(collected.spans()).toHaveLength(9);
    const [link] = collected.span('takes: 2-unpack-artifact').links;
    expect(link?.context.spanId).toBe(collected.span('makes: 3-create-artifact').spanContext().spanId);
    expect(link?.attributes).toMatchObject({ 'contractor.artifact.name': 'part' });
  });

  test('[A-215] of what another run has made links to the trace of that', async () => {
    const maker = await store.build([makes]);
    await store.build([takes]);
    observer.close();
    const madeBy = store.supervisor.artifacts.show('part').madeBy?.run ?? '';
    expect(maker.events.some(({ type }) => type === 'artifact-published')).toBe(true);
    const [link] = collected.span('takes: 2-unpack-artifact').links;
    expect(link?.context.traceId).toBe(originOf(madeBy).traceId);
    expect(link?.context.spanId).toBe(originOf(madeBy).spanId);
  });

  test('[A-217] counts its runs, projects and steps, and those that it has reused', async () => {
    const failing = project('fails', [onTiny, shell('exit 3', { retries: 1 })]);
    await store.build([makes, failing], { keepGoing: true });
    await store.build([makes], { noCache: false });
    observer.close();
    const runs = await collected.points('cicd.pipeline.run.duration');
    expect(runs).toHaveLength(2);
    expect(runs).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          attributes: expect.objectContaining({ 'cicd.pipeline.result': 'failure' }) as object,
          value: 1,
        }),
        expect.objectContaining({
          attributes: expect.objectContaining({ 'cicd.pipeline.result': 'success' }) as object,
          value: 1,
        }),
      ]) as object,
    );
    expect(await collected.points('cicd.pipeline.run.active')).toMatchObject([{ value: 0 }]);
    expect(await collected.points('contractor.projects.active')).toMatchObject([{ value: 0 }]);
    const steps = await collected.points('contractor.step.duration');
    const shells = steps.filter(
      ({ attributes }) => 'contractor.action' in attributes && attributes['contractor.action'] === 'shell',
    );
    expect(shells.map(({ attributes, value }) => [Object.values(attributes), value])).toEqual(
      expect.arrayContaining([
        [['specification object', 'shell', 'failed', 'failure'], 2],
        [['specification object', 'shell', 'succeeded', 'success'], 1],
      ]),
    );
  });

  test('[A-216] goes on in its trace when its process was killed and another takes it over', async () => {
    const built = `BUILD ${join(store.work, 'build.yaml')}`;
    const slow = project('p', [onTiny, shell('echo begun; sleep 2; echo ended')]);
    const run = await killedAt(store, {
      projects: [slow],
      step: '2-shell',
      // Killed before that, the command may not have begun, and is begun anew.
      meanwhile: (id) =>
        vi.waitFor(() => {
          expect(readFileSync(store.supervisor.logFile({ run: id, project: 'p', step: '2' }), 'utf8')).toBe('begun\n');
          expect(collected.spans().map(({ name }) => name)).toContain('p: 1-create-systree');
        }),
    });
    await vi.waitFor(() =>
      expect(collected.span(built).attributes).toMatchObject({ 'contractor.broken_off': 'interrupted' }),
    );
    const other = createSupervisor({ store: store.store });
    try {
      expect(await (await other.resume(run)).result).toBe('built');
    } finally {
      await other.close();
    }
    observer.close();
    const lives = collected.spans().filter(({ name }) => name === built);
    expect(lives.map(({ attributes }) => attributes['contractor.run.resumed'])).toEqual([false, true]);
    expect(lives.map((span) => span.spanContext().traceId)).toEqual([originOf(run).traceId, originOf(run).traceId]);
    const [broken, adopted] = collected.spans().filter(({ name }) => name === 'p: 2-shell');
    expect(broken?.attributes).toMatchObject({ 'contractor.broken_off': 'interrupted' });
    expect(adopted?.attributes).toMatchObject({
      'contractor.step.adopted': true,
      'cicd.pipeline.task.run.id': broken?.attributes['cicd.pipeline.task.run.id'],
      'cicd.pipeline.task.run.result': 'success',
    });
    expect(msOf(adopted)).toBeLessThan(msOf(lives[1]));
    expect(collected.spans().filter(({ name }) => name === 'p: 1-create-systree')).toHaveLength(1);
  });

  test('[A-216] that began before it was observed is told from where its process began', async () => {
    const projects = [project('p', [onTiny, shell('sleep 1')])];
    const run = await store.supervisor.build({ value: { projects }, directory: store.work }, { noCache: true });
    const late = collect();
    const lateObserver = observeRuns(store.supervisor, { ...late, lookMs: 20 });
    await run.result;
    lateObserver.close();
    observer.close();
    expect(late.span('BUILD specification object').startTime).toEqual(
      collected.span('BUILD specification object').startTime,
    );
    expect(late.spans()).toHaveLength(4);
    await late.close();
  });
});

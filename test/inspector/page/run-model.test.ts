import { expect, test } from 'vitest';
import type { BuildEvent } from '../../../index.ts';
import { criticalPath } from '../../../inspector/page/critical-path.ts';
import { applyEvent, emptyModel, stopModel, type RunModel } from '../../../inspector/page/run-model.ts';
import { noteOf } from '../../../inspector/page/project-words.ts';
import { conduct } from '../../cli/rig/conduct.ts';

const conducted = (
  projects: Record<string, string[]>,
  needs: Record<string, string[]> = {},
): { build: ReturnType<typeof conduct>; events: BuildEvent[]; model: () => RunModel } => {
  const events: BuildEvent[] = [];
  const model = (): RunModel => {
    const folded = emptyModel();
    for (const event of events) applyEvent(folded, event);
    return folded;
  };
  return { build: conduct(projects, (event) => events.push(event), { needs }), events, model };
};

test('a step that is tried again keeps all its attempts, and its machine walks back', () => {
  const { build, model } = conducted({ p: ['fetch', 'shell'] });
  build.start();
  build.project('p');
  build.step('p', 1);
  build.pass(1000);
  build.ends('p', 1, { type: 'failed', exitCode: 1 }, 'retry');
  build.step('p', 1);
  build.pass(500);
  build.ends('p', 1);
  build.step('p', 2);
  const [step, next] = model().projects[0]!.steps;
  expect(step).toMatchObject({
    state: 'succeeded',
    attempts: [{ number: 1, outcome: { type: 'failed' } }, { number: 2 }],
  });
  expect(next).toMatchObject({ state: 'running' });
  expect(model().projects[0]!.walks.map(({ way }) => way)).toEqual(['retry', 'succeeded']);
});

test('of a run that goes on, what was done before stays', () => {
  const { build, model } = conducted({ p: ['fetch', 'shell'] });
  build.start();
  build.project('p');
  build.step('p', 1);
  build.ends('p', 1);
  build.step('p', 2);
  build.start((outline) => ({ ...outline, stepsDone: 1 }), true);
  expect(model().projects[0]!.steps.map(({ state, attempts }) => [state, attempts.length])).toEqual([
    ['succeeded', 1],
    ['waiting', 1],
  ]);
});

test('of a run that nobody builds any more, nothing runs', () => {
  const { build, model } = conducted({ p: ['fetch'] });
  build.start();
  build.project('p');
  build.step('p', 1);
  const stopped = model();
  stopModel(stopped);
  expect(stopped.projects[0]).toMatchObject({ state: 'interrupted', steps: [{ state: 'interrupted' }] });
});

test('the critical path leads back from the last end over what each had to wait for', () => {
  const { build, model } = conducted(
    { base: ['x'], quick: ['x'], slow: ['x'], app: ['x'] },
    { quick: ['base'], slow: ['base'], app: ['quick', 'slow'] },
  );
  build.start();
  build.builds('base', 1000);
  build.project('quick');
  build.project('slow');
  build.step('quick', 1);
  build.step('slow', 1);
  build.pass(100);
  build.ends('quick', 1);
  build.projectEnds('quick', 'built');
  build.pass(3000);
  build.ends('slow', 1);
  build.projectEnds('slow', 'built');
  build.builds('app', 500);
  build.runEnds('built');
  expect([...criticalPath(model())]).toEqual(['app', 'slow', 'base']);
});

test('a project that had to wait for its turn has the one before it on the critical path', () => {
  const { build, model } = conducted({ first: ['x'], second: ['x'] });
  build.start();
  build.builds('first', 1000);
  build.builds('second', 1000);
  expect([...criticalPath(model())]).toEqual(['second', 'first']);
});

test.for([
  ['failure', 'paused at a failure'],
  ['break', 'paused at a break'],
] as const)(
  'a project that waits for a person after a %s says so, and no longer when it goes on',
  ([because, note]) => {
    const { build, events, model } = conducted({ p: ['fetch', 'shell'] });
    build.start();
    build.project('p');
    events.push({ type: 'project-paused', project: 'p', step: '1-fetch', because, run: 'r', at: 1, seq: 99 });
    const paused = model().projects[0]!;
    expect(paused.state).toBe('paused');
    expect(noteOf(paused)).toBe(note);
    build.project('p');
    expect(model().projects[0]!.state).toBe('running');
  },
);

test('a pause is walked to and from, however somebody decides, and said twice it is one', () => {
  const pausedAt = (because: 'failure' | 'break', place: number) => {
    const { build, model } = conducted({ p: ['fetch', 'shell', 'pack'] });
    build.start();
    build.project('p');
    for (let before = 1; before < place; before++) {
      build.step('p', before);
      build.ends('p', before);
    }
    const step = `${place}-${['fetch', 'shell', 'pack'][place - 1] ?? ''}`;
    if (because === 'failure') {
      build.step('p', place);
      build.ends('p', place, { type: 'failed', exitCode: 1 }, 'end');
    }
    const pause = (): void => build.tell({ type: 'project-paused', project: 'p', step, because });
    pause();
    return { build, pause, project: () => model().projects[0]!, walks: () => model().projects[0]!.walks };
  };
  const resume = ({ build }: Pick<ReturnType<typeof pausedAt>, 'build'>, stepsDone: number): void => {
    build.start((outline) => ({ ...outline, stepsDone }), true);
    build.project('p');
  };

  const retried = pausedAt('failure', 2);
  expect(retried.project()).toMatchObject({ state: 'paused', pausedAt: '2-shell' });
  resume(retried, 1);
  retried.pause();
  expect(retried.walks().map(({ step, way }) => `${step} ${way}`)).toEqual(['1-fetch succeeded', '2-shell paused']);
  resume(retried, 1);
  retried.build.step('p', 2);
  retried.build.ends('p', 2);
  expect(retried.walks().map(({ way }) => way)).toEqual(['succeeded', 'paused', 'gone on', 'succeeded']);

  const skipped = pausedAt('failure', 2);
  resume(skipped, 1);
  skipped.build.step('p', 3);
  expect(skipped.walks().at(-1)).toMatchObject({ step: '2-shell', way: 'skipped' });

  const broken = pausedAt('break', 2);
  expect(broken.walks().at(-1)).toMatchObject({ step: '1-fetch', way: 'paused' });
  resume(broken, 1);
  broken.build.projectEnds('p', 'failed');
  expect(broken.walks().at(-1)).toMatchObject({ step: '2-shell', way: 'given up' });
  expect(broken.project().pausedAt).toBeUndefined();
});

test('a step that was made by hand has not ended its project, nor the run', () => {
  const { build, model } = conducted({ p: ['fetch', 'shell'] });
  build.start();
  build.project('p');
  build.step('p', 1);
  build.ends('p', 1, { type: 'failed', exitCode: 1 }, 'end');
  build.projectEnds('p', 'failed');
  build.runEnds('failed');
  build.pass(5000);
  build.tell({ type: 'step-started', project: 'p', step: '1-fetch', attempt: 2, attemptId: 'x' });
  const byHand = {
    attempt: 2,
    attemptId: 'x',
    outcome: { type: 'succeeded', byHand: true },
    durationMs: 4000,
  } as const;
  build.tell({ type: 'step-ended', project: 'p', step: '1-fetch', ...byHand });
  const { startedAt, endedAt = 0 } = model().projects[0]!.steps[0]!.attempts[1]!;
  expect(endedAt - startedAt).toBe(4000);
  expect(model()).toMatchObject({ result: undefined, endedAt: undefined });
  expect(model().projects[0]).toMatchObject({ state: 'interrupted' });
  expect(model().projects[0]!.walks.map(({ way }) => way)).toEqual(['succeeded']);
});

test('how far a step is counts while it runs', () => {
  const { build, model } = conducted({ p: ['fetch', 'shell'] });
  build.start();
  build.project('p');
  build.step('p', 1);
  build.progress('p', 1, { label: 'unpacking', done: 99, total: 100 });
  expect(noteOf(model().projects[0]!)).toBe('running · fetch · 99 % unpacking');
  build.ends('p', 1);
  build.progress('p', 1, { label: 'late' });
  expect(model().projects[0]!.steps[0]!.progress).toBeUndefined();
});

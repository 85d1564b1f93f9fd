import { expect, test } from 'vitest';
import { applyEvent, createRunView, currentStep, stopView, type RunView } from '../../../cli/progress/run-view.ts';
import { conduct } from '../rig/conduct.ts';

const projects = { a: ['shell one', 'shell two'], b: ['shell three'] };

function rig(): { view: RunView; build: ReturnType<typeof conduct>; states: () => string[] } {
  const view = createRunView();
  const build = conduct(projects, (event) => applyEvent(view, event));
  const states = (): string[] =>
    view.projects.map(({ name, state, steps }) => `${name} ${state}: ${steps.map((step) => step.state).join(' ')}`);
  return { view, build, states };
}

test('follows a build from its start to its end', () => {
  const { view, build, states } = rig();
  build.start();
  expect(states()).toEqual(['a waiting: waiting waiting', 'b waiting: waiting']);
  build.project('a');
  build.step('a', 1);
  expect(states()).toEqual(['a running: running waiting', 'b waiting: waiting']);
  build.ends('a', 1);
  build.step('a', 2);
  build.ends('a', 2, { type: 'failed', exitCode: 1 }, 'retry');
  expect(states()[0]).toBe('a running: succeeded retrying');
  build.step('a', 2);
  build.ends('a', 2, { type: 'failed', exitCode: 1 }, 'end');
  build.projectEnds('a', 'failed');
  build.projectEnds('b', 'skipped', 'a');
  build.pass(700);
  build.runEnds('failed');
  expect(states()).toEqual(['a failed: succeeded failed', 'b skipped: waiting']);
  expect(view).toMatchObject({ run: 'r1', result: 'failed', durationMs: 700, projects: [{}, { because: 'a' }] });
});

test('the current step is the one that runs, else the one that ended the project', () => {
  const { view, build } = rig();
  build.start();
  build.project('a');
  build.step('a', 1);
  build.ends('a', 1, { type: 'failed', exitCode: 1 }, 'continue');
  build.step('a', 2);
  expect(currentStep(view.projects[0]!)?.id).toBe('2-shell');
  build.ends('a', 2, { type: 'failed', exitCode: 1 }, 'end');
  expect(currentStep(view.projects[0]!)?.id).toBe('2-shell');
});

test('a step that waits is tried again, until its attempt starts or the project is cancelled', () => {
  const { view, build, states } = rig();
  build.start();
  build.project('a');
  build.step('a', 1);
  build.ends('a', 1, { type: 'failed', exitCode: 1, temporary: true }, 'retry');
  build.waits('a', 1, 2_000);
  expect(states()[0]).toBe('a running: retrying waiting');
  expect(view.projects[0]?.steps[0]).toMatchObject({ attempt: 1, waits: { attempt: 2, until: build.now() + 2_000 } });
  build.step('a', 1);
  expect(view.projects[0]?.steps[0]).toMatchObject({ state: 'running', attempt: 2, waits: undefined });
  build.ends('a', 1, { type: 'failed', exitCode: 1, temporary: true }, 'retry');
  build.waits('a', 1, 8_000);
  build.projectEnds('a', 'cancelled');
  expect(states()[0]).toBe('a cancelled: cancelled waiting');
});

test('progress is forgotten with the attempt that made it', () => {
  const { view, build } = rig();
  build.start();
  build.project('a');
  build.step('a', 1);
  build.progress('a', 1, { label: 'x', done: 1, total: 2 });
  expect(view.projects[0]?.steps[0]?.progress).toMatchObject({ label: 'x', done: 1 });
  build.ends('a', 1, { type: 'failed', exitCode: 1 }, 'retry');
  expect(view.projects[0]?.steps[0]?.progress).toBeUndefined();
});

test('a cancelled step has not failed', () => {
  const { build, states } = rig();
  build.start();
  build.project('a');
  build.step('a', 1);
  build.ends('a', 1, { type: 'cancelled' });
  build.projectEnds('a', 'cancelled');
  expect(states()[0]).toBe('a cancelled: cancelled waiting');
});

test('a run that goes on knows what was done before it', () => {
  const { view, build, states } = rig();
  build.start();
  build.project('a');
  build.step('a', 1);
  build.pass(300);
  build.ends('a', 1);
  build.step('a', 2);
  build.start((project) => ({ ...project, stepsDone: project.name === 'a' ? 1 : 0 }), true);
  expect(states()).toEqual(['a waiting: succeeded waiting', 'b waiting: waiting']);
  expect(view.projects[0]?.steps[0]?.durationMs).toBe(300);
});

test('a run that goes on shows what is done even when its beginning was not seen', () => {
  const { build, states } = rig();
  build.start((project) => (project.name === 'a' ? { ...project, result: 'built', stepsDone: 2 } : project), true);
  expect(states()).toEqual(['a built: succeeded succeeded', 'b waiting: waiting']);
});

test('of a run that nobody owns, nothing runs', () => {
  const { view, build, states } = rig();
  build.start();
  build.project('a');
  build.step('a', 1);
  stopView(view);
  expect(states()).toEqual(['a interrupted: interrupted waiting', 'b waiting: waiting']);
});

test('what nobody announced is left alone', () => {
  const { build, states } = rig();
  build.start();
  build.project('c');
  build.step('c', 1);
  build.ends('a', 7);
  expect(states()).toEqual(['a waiting: waiting waiting', 'b waiting: waiting']);
});

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

import fc from 'fast-check';
import type { AnyStateMachine } from 'xstate';
import { createActor, waitFor } from 'xstate';
import { expect, test } from 'vitest';
import { machineSource } from '../../machines/machine-source.ts';
import { projectMachine } from '../../machines/project-machine.ts';
import { evaluatedModule } from '../evaluated-module.ts';
import { drive, OUTCOME_TYPES } from './drive.ts';
import type { OutcomeType } from './drive.ts';
import { projectsOf } from './project-model.ts';
import { project, step } from './samples.ts';

const machineOf = async (...given: Parameters<typeof machineSource>): Promise<AnyStateMachine> =>
  (await evaluatedModule(machineSource(...given)))['machine'] as AnyStateMachine;

test('[A-100] the source of a machine runs as it stands, and comes to the end', async () => {
  const actor = createActor(await machineOf(project(step('1-a', { title: 'shell "make" `x` ${y}\\n' }), step('2-b'))));
  const passed: unknown[] = [];
  actor.subscribe(({ value }) => passed.push(value));
  actor.start();
  await waitFor(actor, ({ status }) => status === 'done');
  expect(passed).toEqual(['1 shell "make" `x` ${y}_n', '2 2-b', 'built']);
});

test('the source of a machine goes every way that the machine itself goes', async () => {
  const answers = fc.array(fc.constantFrom<OutcomeType>(...OUTCOME_TYPES, 'temporary'), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(projectsOf({ maxSteps: 4 }), answers, async (given, each) => {
      const machine = await machineOf(given);
      expect(await drive(given, { answers: each, machine })).toEqual(await drive(given, { answers: each }));
    }),
    { numRuns: 40 },
  );
});

test('the source names what the machine names', async () => {
  const given = project(step('1-a', { retries: 2 }), step('2-b'));
  const names = ({ implementations }: AnyStateMachine): unknown =>
    Object.entries(implementations).map(([kind, each]) => [kind, Object.keys(each as object)]);
  const machine = await machineOf(given);
  expect(names(machine)).toEqual(names(projectMachine(given)));
  expect(JSON.stringify(Object.keys((machine.config as { states: object }).states))).toBe(
    JSON.stringify(Object.keys((projectMachine(given).config as { states: object }).states)),
  );
});

test('the source of a machine that pauses pauses, and goes on as it is told', async () => {
  const given = project(step('1-a'), step('2-b'), step('3-c'));
  const actor = createActor(await machineOf(given, { onFailure: true, before: ['2-b', '3-c'] })).start();
  for (const [decision, at] of [
    ['GO_ON', '2-b'],
    ['SKIP', '3-c'],
  ] as const) {
    const paused = await waitFor(actor, ({ value }) => value === 'paused');
    expect((paused.context as { pausedAt: unknown }).pausedAt).toEqual({ step: at, because: 'break' });
    actor.send({ type: decision });
  }
  await waitFor(actor, ({ status }) => status === 'done');
  expect((actor.getSnapshot().context as { passedOver: unknown }).passedOver).toEqual(['3-c']);
});

import { expect, test } from 'vitest';
import { machineOutline } from '../../machines/machine-outline.ts';
import { project, step } from './samples.ts';

test('the outline has the states in order, and in words what leads from each to the next', () => {
  const { initial, states } = machineOutline(project(step('1-a'), step('2-b', { continueOnFailure: true })));
  expect(initial).toBe('1 1-a');
  expect(states.map(({ name }) => name)).toEqual(['1 1-a', '2 2-b', 'built', 'failed', 'cancelled']);
  expect(states[1]?.transitions.map(({ when, target }) => `${when} → ${target}`)).toEqual([
    'succeeded → built',
    'failed, retries left → 2 2-b',
    'failed, goes on all the same → built',
    'cancelled → cancelled',
    'failed → failed',
  ]);
  expect(states[0]?.transitions).toHaveLength(4);
  expect(states[1]).toMatchObject({ step: '2-b' });
  expect(JSON.parse(JSON.stringify(states))).toEqual(states);
});

test('the outline of a machine that may pause has that state, the ways to it, and the decisions that lead from it', () => {
  const given = project(step('1-a'), step('2-b'));
  const { initial, states } = machineOutline(given, { onFailure: true, before: ['1-a', '2-b'] });
  expect(initial).toBe('paused');
  expect(states.map(({ name }) => name)).toEqual(['1 1-a', '2 2-b', 'paused', 'built', 'failed', 'cancelled']);
  const ways = (index: number) => states[index]?.transitions.map(({ when, target }) => `${when} → ${target}`);
  expect(ways(0)).toEqual([
    'succeeded → paused',
    'failed, retries left → 1 1-a',
    'cancelled → cancelled',
    'failed → paused',
  ]);
  expect(ways(2)).toEqual([
    'retry 1-a → 1 1-a',
    'retry 2-b → 2 2-b',
    'skip 1-a → paused',
    'skip 2-b → built',
    'give up → failed',
    'cancelled → cancelled',
  ]);
  expect(states[0]?.transitions[0]?.actions).toEqual(['takeTree', 'pauseAt']);
});

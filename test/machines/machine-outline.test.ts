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

import { expect, test } from 'vitest';
import { backOffMs, whatFollows } from '../../machines/what-follows.ts';
import { outcome } from './drive.ts';
import { step } from './samples.ts';

test('the wait grows and then stays as it is', () => {
  expect([1, 2, 3, 4, 5, 100].map(backOffMs)).toEqual([2_000, 8_000, 30_000, 60_000, 60_000, 60_000]);
});

test('says of a failure what the project does next, and nothing of a success', () => {
  const lenient = step('s', { continueOnFailure: true, retries: 1 });
  const follows = (type: Parameters<typeof outcome>[0], attempt: number): string | undefined =>
    whatFollows(outcome(type), { attempt, step: lenient });
  expect(follows('succeeded', 1)).toBeUndefined();
  expect([follows('failed', 1), follows('failed', 2)]).toEqual(['retry', 'continue']);
  expect([follows('temporary', 1), follows('temporary', 2)]).toEqual(['retry', 'continue']);
  expect([follows('refused', 1), follows('cancelled', 1)]).toEqual(['continue', 'end']);
  expect(whatFollows(outcome('temporary'), { attempt: 4, step: step('s') })).toBe('end');
});

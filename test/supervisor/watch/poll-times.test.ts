import { expect, test } from 'vitest';
import { PollTimes } from '../../../supervisor/watch/poll-times.ts';

test('asks regularly, less and less often as long as nobody answers, and regularly again after that', () => {
  const polls = new PollTimes(60_000, () => 0.5);
  const results = ['answered', 'failed', 'failed', 'failed', 'failed', 'failed', 'answered'] as const;
  expect(results.map((result) => polls.after(result) / 60_000)).toEqual([1, 2, 4, 8, 15, 15, 1]);
});

test('asks no oftener than it was told, however that is, and never just when all others ask', () => {
  const hourly = 3_600_000;
  expect(new PollTimes(hourly, () => 0).after('failed')).toBe(0.9 * hourly);
  expect(new PollTimes(60_000, () => 0).after('answered')).toBe(54_000);
  expect(new PollTimes(60_000, () => 1).after('answered')).toBe(66_000);
});

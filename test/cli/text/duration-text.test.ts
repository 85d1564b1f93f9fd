import { expect, test } from 'vitest';
import { durationText } from '../../../cli/text/duration-text.ts';

test.each([
  [0, '0.0s'],
  [449, '0.4s'],
  [9_999, '9.9s'],
  [10_000, '10s'],
  [59_999, '59s'],
  [60_000, '1m00s'],
  [65_000, '1m05s'],
  [3_599_999, '59m59s'],
  [3_600_000, '1h00m'],
  [7_380_000, '2h03m'],
  [86_400_000, '1d00h'],
  [273_600_000, '3d04h'],
  [-5, '0.0s'],
])('%i ms are %s', (durationMs, text) => {
  expect(durationText(durationMs)).toBe(text);
});

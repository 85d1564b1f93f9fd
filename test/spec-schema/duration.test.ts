import { expect, test } from 'vitest';
import { DURATION_SCHEMA, durationMs } from '../../spec-schema/duration.ts';
import { schemaFaults } from '../../spec-schema/schema-faults.ts';

test.each([
  ['90s', 90_000],
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['2h0m5s', 7_205_000],
  [600, 600_000],
  [0.25, 250],
  [0.000_01, 1],
])('%j is %i milliseconds', (text, ms) => {
  expect(schemaFaults(DURATION_SCHEMA, text)).toEqual([]);
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '0s', '0h0m', '10', '1d', '30m1h', '-5s', '1.5h', ' 5s', '5s\n', '99999h', 0, -1, 1e9, true, null, []])(
  '%j is no duration',
  (value) => {
    expect(schemaFaults(DURATION_SCHEMA, value)).toHaveLength(1);
  },
);

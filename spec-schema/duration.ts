import type { JsonObject } from './build-spec.ts';

/** The schema of a duration: a number of seconds, or a text such as `90s`, `10m` or `1h30m`. Never nothing. */
export const DURATION_SCHEMA: JsonObject = {
  type: ['number', 'string'],
  exclusiveMinimum: 0,
  maximum: 100_000_000,
  pattern: '^(?=.*[1-9])(?:[0-9]{1,4}h)?(?:[0-9]{1,6}m)?(?:[0-9]{1,8}s)?$',
  patternErrorMessage: 'must be a time such as `90s`, `10m` or `1h30m`, and longer than nothing',
};

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };

/** The milliseconds of a value that {@link DURATION_SCHEMA} admits, at least one. */
export function durationMs(duration: number | string): number {
  if (typeof duration === 'number') return Math.ceil(duration * 1000);
  let sumMs = 0;
  for (const [, count, unit] of duration.matchAll(/([0-9]+)([hms])/g)) {
    sumMs += Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return sumMs;
}

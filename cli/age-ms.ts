import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

/** The milliseconds of `14d`, `1d12h`, `0s`. */
export function ageMs(text: string): number {
  const parts = [...text.matchAll(/([0-9]{1,6})([dhms])/g)];
  if (!/^(?:[0-9]{1,6}[dhms])+$/.test(text)) throw new InvalidArgumentError('It must be a time, such as 36h or 14d.');
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
}

import { expect, test } from 'vitest';
import { limitHitHint, limitHitText } from '../../machines/limit-hit.ts';
import type { LimitHit } from '../../machines/limit-hit.ts';
import { outcomeText } from '../../machines/outcome.ts';

test.for<[Omit<LimitHit, 'type'>, string, string]>([
  [
    { limit: 'memory', value: 4 * 2 ** 30, unit: 'bytes', peak: 4.04 * 2 ** 30 },
    'memory limit of 4 GiB hit (peak 4 GiB)',
    '`limits: { memory: 8G }`',
  ],
  [
    { limit: 'processes', value: 512, unit: 'processes', peak: 512 },
    'limit of processes of 512 processes hit (peak 512 processes)',
    '`limits: { processes: 1024 }`',
  ],
  [
    { limit: 'cpu-time', value: 1500, unit: 'ms', peak: 1610 },
    'limit of CPU time of 1.5 s hit (peak 1.6 s)',
    '`limits: { cpu-time: 3s }`',
  ],
  [
    { limit: 'output', value: 700, unit: 'bytes', peak: 1_500_000 },
    'limit of output of 700 B hit (peak 1.4 MiB)',
    '`limits: { output: 2K }`',
  ],
  [
    { limit: 'disk-reserve', value: 2 ** 30, unit: 'bytes', peak: 5e9 },
    'reserve of the disk of 1 GiB reached (peak 4.7 GiB)',
    'Make room on the disk',
  ],
])('%j reads so, and says what to do', ([hit, text, hint]) => {
  expect(limitHitText(hit)).toBe(text);
  expect(outcomeText({ type: 'limit-hit', ...hit })).toBe(text);
  expect(limitHitHint(hit)).toContain(hint);
});

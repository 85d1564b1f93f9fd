import { expect, test } from 'vitest';
import { outcomeOfExit } from '../../actions/outcome-of-exit.ts';
import type { Exit } from '../../sandbox/exit.ts';
import { step } from '../machines/samples.ts';

test.for<[Exit, object]>([
  [{ type: 'exited', code: 0 }, { type: 'succeeded' }],
  [
    { type: 'exited', code: 137 },
    { type: 'failed', exitCode: 137 },
  ],
  [{ type: 'deadline' }, { type: 'timed-out', timeoutMs: 5 }],
  [
    { type: 'limit', limit: 'cpu-time', value: 1000, peak: 1010 },
    { type: 'limit-hit', limit: 'cpu-time', value: 1000, unit: 'ms', peak: 1010 },
  ],
  [{ type: 'cancelled' }, { type: 'cancelled' }],
  [
    { type: 'killed', signal: 9 },
    { type: 'interrupted', signal: 'SIGKILL' },
  ],
  [
    { type: 'killed', signal: 99 },
    { type: 'interrupted', signal: 'signal 99' },
  ],
  [
    { type: 'broken', error: 'no overlay' },
    { type: 'refused', code: 'SANDBOX_FAILED' },
  ],
])('what %j means for a step', ([exit, outcome]) => {
  expect(outcomeOfExit(exit, step('s', { timeoutMs: 5 }))).toMatchObject(outcome);
});

import { expect, test } from 'vitest';
import type { Fault } from './simulated/faults.ts';
import type { Plan } from './simulated/plan.ts';
import { simulate } from './simulated/simulate.ts';
import { hasEffect } from './simulated/simulated-store.ts';

const plan: Plan = {
  jobs: 2,
  projects: [
    { needs: [], steps: [{ does: 'run', ms: 500, answers: ['succeeds'] }, { does: 'publish' }] },
    { needs: [], steps: [{ does: 'run', ms: 800, answers: ['succeeds'], retries: 1, continueOnFailure: true }] },
    { needs: [0], steps: [{ does: 'unpack', from: 0, linked: true }] },
  ],
};

/** How long after the request something else happens. */
const LATER = 5;

test.each([undefined, 'error', 'crash-before', 'crash-after', 'all-killed', 'power-cut-torn-layers'] as const)(
  'a run that is cancelled at any call ends, and leaves nothing, also after: %s',
  async (type) => {
    const { calls } = await simulate(plan);
    const found: object[] = [];
    for (const [index, call] of calls.entries()) {
      if (!hasEffect(call)) continue;
      const faults: Fault[] = [{ at: index + 1, type: 'cancel' }];
      if (type !== undefined) faults.push({ at: index + 1 + LATER, type });
      const { result, ends, wrong } = await simulate(plan, faults);
      const isLate = index > calls.indexOf('keeper.run') && Object.values(ends).every((end) => end === 'built');
      const isCancelled = result === 'cancelled' || isLate;
      if (wrong.length > 0 || !isCancelled) found.push({ faults, call, result, ends, wrong });
    }
    expect(found).toEqual([]);
  },
  120_000,
);

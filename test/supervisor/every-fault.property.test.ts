import { describe, expect, test } from 'vitest';
import { FAULT_TYPES } from './simulated/faults.ts';
import type { Fault } from './simulated/faults.ts';
import { problemsOf } from './simulated/compare.ts';
import type { Plan } from './simulated/plan.ts';
import { simulate } from './simulated/simulate.ts';
import { hasEffect, isOfItsOwn } from './simulated/simulated-store.ts';

/** A step that is tried again, one that is passed over, an artifact handed over. */
const built: Plan = {
  jobs: 2,
  projects: [
    { needs: [], steps: [{ does: 'run', ms: 300, answers: ['fails', 'succeeds'], retries: 1 }, { does: 'publish' }] },
    {
      needs: [0],
      steps: [
        { does: 'unpack', from: 0, linked: true },
        { does: 'run', ms: 100, answers: ['hangs'], continueOnFailure: true },
      ],
    },
  ],
};

/** One that fails for good while another runs, and one that is skipped. */
const failed: Plan = {
  jobs: 2,
  projects: [
    { needs: [], steps: [{ does: 'run', ms: 200, answers: ['fails'] }] },
    { needs: [], steps: [{ does: 'run', ms: 400, answers: ['killed'] }] },
    { needs: [0], steps: [{ does: 'publish' }] },
  ],
};

describe.each([
  ['is built', built],
  ['fails', failed],
])('a run that %s', (_, plan) => {
  test.each(FAULT_TYPES)(
    'ends as it would have, whatever call meets: %s',
    async (type) => {
      const calm = await simulate(plan);
      expect(calm.wrong).toEqual([]);
      const found: { fault: Fault; call: string | undefined; problems: string[] }[] = [];
      for (const [index, call] of calm.calls.entries()) {
        if (!(type === 'error' ? isOfItsOwn(call) : hasEffect(call))) continue;
        const fault: Fault = { at: index + 1, type, downMs: index % 2 === 0 ? 0 : 150 };
        const problems = problemsOf(plan, { calm, faulty: await simulate(plan, [fault]) });
        if (problems.length > 0) found.push({ fault, call, problems });
      }
      expect(found).toEqual([]);
    },
    120_000,
  );
});

import { expect, test } from 'vitest';
import { problemsOf } from './simulated/compare.ts';
import type { Fault } from './simulated/faults.ts';
import type { Plan } from './simulated/plan.ts';
import { simulate } from './simulated/simulate.ts';
import { hasEffect } from './simulated/simulated-store.ts';

/** A step that is tried again, one that fails and is passed over, an artifact handed over; two projects at once. */
const plan: Plan = {
  jobs: 2,
  projects: [
    { needs: [], steps: [{ does: 'run', ms: 500, answers: ['fails', 'succeeds'], retries: 1 }, { does: 'publish' }] },
    { needs: [], steps: [{ does: 'run', ms: 800, answers: ['fails'], continueOnFailure: true }] },
    { needs: [0], steps: [{ does: 'unpack', from: 0, linked: true }] },
  ],
};

/** How long after the supervisor was told to leave something else happens. */
const LATER = 3;

test.each([undefined, 'leave', 'cancel', 'crash-before'] as const)(
  '[A-206] a run that is left at any call ends as it would have, with each step run once, also after: %s',
  async (type) => {
    const calm = await simulate(plan);
    const runs = (calls: readonly string[]): number => calls.filter((call) => call === 'keeper.run').length;
    const found: object[] = [];
    for (const [index, call] of calm.calls.entries()) {
      if (!hasEffect(call)) continue;
      const faults: Fault[] = [{ at: index + 1, type: 'leave' }];
      if (type !== undefined) faults.push({ at: index + 1 + LATER, type });
      const faulty = await simulate(plan, faults);
      const problems = type === 'cancel' ? [...faulty.wrong] : problemsOf(plan, { calm, faulty });
      const isLossless = type === undefined || type === 'leave';
      if (isLossless && runs(faulty.calls) !== runs(calm.calls)) problems.push('a step was run again');
      if (problems.length > 0) found.push({ faults, call, problems });
    }
    expect(found).toEqual([]);
  },
  120_000,
);

test.each([
  ['its step still runs', 'leave'],
  ['its step was killed', 'all-killed'],
] as const)(
  '[A-206] a run that is gone on with, where %s, and left at any call, begins and adopts nothing any more',
  async (_, first) => {
    const short: Plan = {
      jobs: 1,
      projects: [{ needs: [], steps: [{ does: 'run', ms: 500, answers: ['succeeds'] }] }],
    };
    const calm = await simulate(short);
    const at = calm.calls.indexOf('keeper hears');
    const once = await simulate(short, [{ at, type: first }]);
    const found: object[] = [];
    for (const [index, call] of once.calls.entries()) {
      if (index < at) continue;
      const faulty = await simulate(short, [
        { at, type: first },
        { at: index + 1, type: 'leave' },
      ]);
      const problems = problemsOf(short, { calm, faulty });
      if (problems.length > 0) found.push({ at: index + 1, call, problems });
    }
    expect(found).toEqual([]);
  },
);

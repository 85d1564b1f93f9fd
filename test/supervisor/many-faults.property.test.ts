import fc from 'fast-check';
import { expect, test } from 'vitest';
import { propertyRuns } from '../property-runs.ts';
import { FAULT_TYPES } from './simulated/faults.ts';
import type { Fault } from './simulated/faults.ts';
import { problemsOf } from './simulated/compare.ts';
import { plans } from './simulated/plan.ts';
import type { Plan } from './simulated/plan.ts';
import { simulate } from './simulated/simulate.ts';

const faults: fc.Arbitrary<Fault[]> = fc.array(
  fc.record({
    at: fc.integer({ min: 1, max: 300 }),
    type: fc.constantFrom(...FAULT_TYPES),
    downMs: fc.constantFrom(0, 100, 1000, 700_000),
  }),
  { minLength: 1, maxLength: 4 },
);

/** A sandbox that is killed three times in a row is taken for the step's own doing: so it is not done to steps that are killed anyway, nor too often. */
function bearable(plan: Plan, given: readonly Fault[]): Fault[] {
  const isKilled = JSON.stringify(plan).includes('"killed"');
  let left = isKilled ? 0 : 2;
  return given.filter(({ type }) => !/^(keepers|worker)-killed$/.test(type) || left-- > 0);
}

test('runs of any projects end as they would have, whatever happens to them and how often', async () => {
  await fc.assert(
    fc.asyncProperty(plans, faults, async (plan, given) => {
      const calm = await simulate(plan);
      const faulty = await simulate(plan, bearable(plan, given));
      expect({ calm: calm.wrong, faulty: problemsOf(plan, { calm, faulty }) }).toEqual({ calm: [], faulty: [] });
    }),
    propertyRuns(60),
  );
}, 120_000);

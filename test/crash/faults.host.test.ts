import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, whatHostLacks } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { dice } from './dice.ts';
import { buildWithFault, faultInWords, REFUSED_CALLS } from './faults.ts';
import { canTrace } from './keeper-trace.ts';

const lacking = await whatHostLacks();
// What an ordinary user starts under strace to write the id map loses its set-user-id bit.
const cannotRun = lacking !== '' || !canTrace() || process.getuid?.() !== 0;
// The same faults in every run, so that a failure is of the change; `npm run test:faults` looks for others.
const seed = Number(process.env['FC_SEED'] ?? 699_959);
let store: TestStore;

beforeAll(async () => {
  if (!cannotRun) store = await openTestStore();
});
afterAll(() => store?.close());

test.skipIf(cannotRun).for(REFUSED_CALLS.map((call, index) => [call.name, call, index] as const))(
  '[A-47] as root: a build in which `%s` is refused tells so, and is finished by `resume`',
  async ([, call, index]) => {
    const thrown = dice(seed, index);
    const fault = { call, error: thrown.pick(call.errors), nth: thrown.between(1, Math.min(call.most, 6)) };
    const { complaint } = await buildWithFault(fault, store, index);
    expect(complaint, `${faultInWords(fault)}, seed ${seed}`).toBeUndefined();
  },
);

test.skipIf(cannotRun)('as root: a step whose end its keeper cannot tell of is finished all the same', async () => {
  // At first it says that it is idle.
  const fault = { call: { name: 'sendto', most: 2, errors: [], ofKeeper: true }, error: 'ENOBUFS', nth: 2 } as const;
  expect(await buildWithFault(fault, store, 100)).toEqual({ met: true, complaint: undefined });
});

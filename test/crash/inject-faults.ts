/**
 * Builds a small specification again and again, each time with one system call of one process
 * failing, as strace injects it; then resumes it without a fault. `npm run test:faults [SEED] [ROUNDS]`.
 * What is looked at after every round, faults.ts says.
 */
import { openTestStore } from '../supervisor/test-store.ts';
import type { TestStore } from '../supervisor/test-store.ts';
import { dice } from './dice.ts';
import { buildWithFault, faultInWords, REFUSED_CALLS } from './faults.ts';
import { canTrace } from './keeper-trace.ts';

const [, , seed = String(Date.now() % 1_000_000), rounds = '40'] = process.argv;

if (!canTrace()) {
  console.error('There is no strace on this host: `sudo apt-get install strace`.');
  process.exit(3);
}

let wrong = 0;
let hits = 0;
let store: TestStore | undefined;
console.log(`seed ${seed}, ${rounds} rounds`);
try {
  for (let round = 1; round <= Number(rounds); round++) {
    store ??= await openTestStore();
    const thrown = dice(Number(seed), round);
    const call = thrown.pick(REFUSED_CALLS);
    const fault = { call, error: thrown.pick(call.errors), nth: thrown.between(1, call.most) };
    const { met, complaint } = await buildWithFault(fault, store, round);
    console.log(`${String(round).padStart(3)} ${faultInWords(fault)}  ${complaint ?? (met ? 'well' : 'not met')}`);
    if (met) hits++;
    if (complaint === undefined) continue;
    wrong++;
    await store.close();
    store = undefined;
  }
} finally {
  await store?.close();
}
console.log(`${wrong} of ${rounds} rounds went wrong; the fault was met in ${hits}`);
process.exitCode = wrong === 0 ? 0 : 1;

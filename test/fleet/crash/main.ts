/**
 * `npm run test:fleet-crash`: three workers build over a PostgreSQL while they, their network, the database, the place of
 * artifacts, their clocks and disks are struck; what comes of it is compared with what one host builds.
 *
 *     npm run test:fleet-crash -- --kills 100              with a seed of its own, which it prints
 *     npm run test:fleet-crash -- --kills 100 --seed 42    the same blows again
 *     npm run test:fleet-crash -- --store DIR              works below DIR instead of the temporary directory
 *
 * Networks need root. Ends with status 1 at the first violation, and then keeps what it worked in.
 */
import { parseArgs } from 'node:util';
import { fleetCrash } from './fleet-crash.ts';

const { kills, seed, store } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    store: { type: 'string' },
  },
}).values;
console.log(`seed ${seed}`);
const { tally, text, top } = await fleetCrash({
  kills: Number(kills),
  seed: Number(seed),
  ...(store === undefined ? {} : { directory: store }),
  onProgress: (now) => void process.stderr.write(`${now.inShort()}\n`),
});
console.log(text);
if (tally.violations.length > 0) {
  console.log(`\n${tally.violations.join('\n')}\n\nkept in ${top}; the seed was ${seed}`);
  process.exitCode = 1;
}

/**
 * `npm run test:crash`: kills builds in every way, resumes them, and compares
 * what comes of it with a build that nobody disturbed.
 *
 *     npm run test:crash -- --kills 1000              with a seed of its own, which it prints
 *     npm run test:crash -- --kills 1000 --seed 42    the same blows again
 *     npm run test:crash -- --kills 0 --cuts 50       power cuts: after so many kills, until there were so many
 *     npm run test:crash -- --store DIR               works below DIR instead of the temporary directory
 *
 * A seed repeats the blows of every life: whom, how, after how many steps and
 * milliseconds. It does not repeat how far the processes are by then; the named
 * points and the system calls that a process is killed at, it does.
 *
 * A store serves 250 kills. More are several series, each with the next seed; after each it says with which options
 * the others can be run, should the host die first.
 *
 * Ends with status 1 at the first violation, and then keeps what it worked in.
 */
import { parseArgs } from 'node:util';
import { crash } from './crash.ts';
import { removeStage } from './stage.ts';

const { kills, cuts, seed, store } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    cuts: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    store: { type: 'string' },
  },
}).values;
const { stderr, stdout } = process;
console.log(`seed ${seed}`);
let told = 0;
const { tally, text, stage } = await crash({
  kills: Number(kills),
  cuts: Number(cuts),
  seed: Number(seed),
  ...(store === undefined ? {} : { directory: store }),
  onProgress: ({ total, of }) => {
    if (!stderr.isTTY && total < told + 100) return;
    told = total;
    stderr.write(`${stderr.isTTY ? '\r' : ''}${total} kills, ${of('runs')} runs done${stderr.isTTY ? '' : '\n'}`);
  },
  onSeries: ({ tally: now, left, seed: done }) => {
    const options = `--kills ${left.kills} --cuts ${left.cuts ?? 0} --seed ${left.seed}`;
    stdout.write(`${now.inShort()} up to seed ${done}; the rest: ${options}\n`);
  },
});
stdout.write(`${stderr.isTTY ? '\n' : ''}${text}\n`);
if (tally.violations.length === 0) {
  await removeStage(stage);
} else {
  stdout.write(`\n${tally.violations.join('\n')}\n\nkept in ${stage.top}; the seed was ${seed}\n`);
  process.exitCode = 1;
}

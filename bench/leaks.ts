/**
 * Whether a program that embeds contractor grows with the runs it has built: one supervisor, one process, run after run.
 *
 *     node --expose-gc bench/leaks.ts                prints a table in Markdown
 *     node --expose-gc bench/leaks.ts --runs 5000
 *
 * Every run has a step that is really run, in a container; a program that follows all runs is there meanwhile, and the events
 * of each run are read. Every tenth run fails, every tenth is cancelled.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSupervisor } from '../index.ts';
import { findIdMap } from '../sandbox/id-map.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import { heldResources } from '../test/supervisor/held-resources.ts';
import { makeTinySystem, onTiny, project, shell } from '../test/supervisor/test-store.ts';

const runs = Number(parseArgs({ options: { runs: { type: 'string', default: '1000' } } }).values.runs);
const top = mkdtempSync(join(tmpdir(), 'contractor-bench-leaks-'));
const store = join(top, 'store');
const supervisor = createSupervisor({ store });
try {
  makeTinySystem(join(top, 'tiny'));
  await supervisor.artifacts.importFrom('tiny', join(top, 'tiny'));
  const stop = new AbortController();
  let heard = 0;
  const following = (async () => {
    for await (const { events } of supervisor.followAll({ after: 'now', signal: stop.signal })) heard += events.length;
  })();
  process.stdout.write(
    '| after runs | heap, MB | resident, MB | descriptors | handles | listeners |\n|---|---|---|---|---|---|\n',
  );
  for (let n = 1; n <= runs; n += 1) {
    await build(n);
    if (n === 10 || n % Math.max(1, Math.floor(runs / 10)) === 0) await row(n);
  }
  stop.abort();
  await following;
  process.stdout.write(`\n${heard} events of all runs were heard.\n`);
} finally {
  await supervisor.close();
  const remove = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
  await runInIdMap({ trees: join(store, 'trees'), idMap: findIdMap(), command: remove });
  rmSync(top, { recursive: true, force: true });
}

async function build(n: number): Promise<void> {
  const script = n % 10 === 3 ? 'false' : n % 10 === 7 ? 'sleep 600' : `echo ${n}`;
  const value = { projects: [project('p', [onTiny, shell(script)])] };
  const run = await supervisor.build({ value, directory: top }, { noCache: true });
  for await (const event of run.events()) {
    if (script === 'sleep 600' && event.type === 'step-started' && event.step === '2-shell') run.cancel();
  }
  const expected = script === 'false' ? 'failed' : script === 'sleep 600' ? 'cancelled' : 'built';
  const result = await run.result;
  if (result !== expected) throw new Error(`run ${n} ended as ${result}`);
  await run.collected;
}

async function row(n: number): Promise<void> {
  const { heapMegabytes, descriptors, handles, listeners } = await heldResources();
  const resident = process.memoryUsage.rss() / 1e6;
  process.stdout.write(
    `| ${[n, heapMegabytes.toFixed(1), resident.toFixed(0), descriptors, handles, listeners].join(' | ')} |\n`,
  );
}

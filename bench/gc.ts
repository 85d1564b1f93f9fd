/**
 * `node bench/gc.ts [RUNS]`: how long `gc` takes for so many runs (1,000), of which one stays, against `rm -rf` of the same
 * trees: in turn, three times each.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSupervisor } from '../index.ts';
import { findIdMap } from '../sandbox/id-map.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import { openStore } from '../store/open-store.ts';
import { claimIdMap } from '../supervisor/store-place.ts';

const RUNS = Number(process.argv[2] ?? 1000);
const STEPS = 5;
const FILES = 20;
const PAIRS = 3;

/** A store of so many runs: their records are written as a build writes them, the trees by a shell. */
async function makeStore(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'contractor-bench-gc-'));
  const store = openStore(directory);
  const idMap = claimIdMap(store);
  store.transaction(() => {
    for (let run = 0; run < RUNS; run++) recordRun(store, run);
  });
  const script = `
    r=0; while [ $r -lt ${RUNS} ]; do s=0; while [ $s -lt ${STEPS} ]; do
      mkdir "layers/a$r-$s" "attempts/a$r-$s"; echo log > "attempts/a$r-$s/log"
      f=0; while [ $f -lt ${FILES} ]; do echo $r $s $f > "layers/a$r-$s/$f"; f=$((f+1)); done
      s=$((s+1)); done; r=$((r+1)); done`;
  await inTrees(directory, ['/bin/sh', '-euc', script], idMap);
  store.close();
  return directory;
}

function recordRun(store: ReturnType<typeof openStore>, run: number): void {
  const id = `r${run}`;
  const steps = Array.from({ length: STEPS }, (_, step) => ({ id: `s${step}` }));
  store.createRun({
    id,
    createdAt: run,
    specName: 'bench',
    specText: '',
    specDigest: '',
    spec: { projects: [{ name: 'p', dependsOn: [], steps }] },
    projects: ['p'],
    options: null,
  });
  const layers: { type: 'layer'; id: string }[] = [];
  for (const [index, { id: step }] of steps.entries()) {
    const attempt = `a${run}-${index}`;
    const began = { run: id, project: 'p', step, number: 1, machineAttempt: 1, keeper: '', bootId: '', startedAt: run };
    store.beginAttempt({
      id: attempt,
      ...began,
      key: attempt,
      keyInputs: { tree: { workspace: layers, containers: {} } },
    });
    layers.push({ type: 'layer', id: attempt });
    store.recordLayer({ id: attempt, attempt, sealedAt: run, kind: 'workspace' });
    const result = { tree: { workspace: layers, containers: {} } };
    store.endAttempt(attempt, { endedAt: run, outcome: { type: 'succeeded' }, layer: attempt, result });
    for (const type of ['step-started', 'step-ended'])
      store.appendEvent(id, { at: run, event: { type, project: 'p', step } });
  }
  store.endRun(id, { endedAt: run, result: 'built' });
}

async function inTrees(directory: string, command: readonly [string, ...string[]], idMap = findIdMap()): Promise<void> {
  const { exitCode, stderr } = await runInIdMap({ trees: join(directory, 'trees'), idMap, command });
  if (exitCode !== 0) throw new Error(stderr);
}

async function removeAll(directory: string): Promise<void> {
  await inTrees(directory, ['/bin/rm', '-rf', 'layers', 'attempts', 'objects', 'artifacts']);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

const pairs: { readonly gc: number; readonly rm: number }[] = [];
for (let pair = 0; pair < PAIRS; pair++) {
  const [ours, yardstick] = [await makeStore(), await makeStore()];
  const supervisor = createSupervisor({ store: ours });
  const gc = await timed(async () => {
    const { runs } = await supervisor.gc({ keepVersions: 1, keepForMs: 0 });
    if (runs.length !== RUNS - 1) throw new Error(`${runs.length} runs went`);
  });
  await supervisor.close();
  const rm = await timed(() => removeAll(yardstick));
  pairs.push({ gc, rm });
  await removeAll(ours);
  for (const directory of [ours, yardstick]) rmSync(directory, { recursive: true, force: true });
}
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const ratios = pairs.map(({ gc, rm }) => gc / rm);
console.log(
  `gc of ${RUNS} runs (${RUNS * STEPS} steps, ${RUNS * STEPS * (FILES + 1)} files): ${median(pairs.map(({ gc }) => gc)).toFixed(0)} ms, ` +
    `rm -rf ${median(pairs.map(({ rm }) => rm)).toFixed(0)} ms, ratio ${median(ratios).toFixed(2)} ` +
    `(${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`,
);

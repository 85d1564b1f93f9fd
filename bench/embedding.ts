/**
 * How long an embedding program has to wait for its own turn while contractor builds in it: the delay of its event loop.
 *
 *     node bench/embedding.ts                     prints a table in Markdown
 *     node bench/embedding.ts --projects 1000 --runs 1
 *
 * The yardstick is the same program with nothing to do, while another process builds the same: on a busy machine a loop is
 * late also when nothing blocks it. What blocks it by computing shows in the processor time of its thread between two ticks,
 * which does not depend on what else runs.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSupervisor } from '../index.ts';
import type { Supervisor } from '../index.ts';
import { findIdMap } from '../sandbox/id-map.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import { measuredLoop } from './measured-loop.ts';
import type { LoopFigures } from './measured-loop.ts';
import { makeTinySystem } from '../test/supervisor/test-store.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    projects: { type: 'string', default: '100' },
    build: { type: 'string' },
  },
});
const source = { fileName: 'build.yaml', text: specification(Number(values.projects)) };

if (values.build === undefined) await measure();
else await build(values.build);

/** The other process: builds once, in a store of its own. */
async function build(store: string): Promise<void> {
  const supervisor = createSupervisor({ store });
  const run = await supervisor.build(source, { noCache: true });
  if ((await run.result) !== 'built') throw new Error('not built');
  await supervisor.close();
}

async function measure(): Promise<void> {
  const top = mkdtempSync(join(tmpdir(), 'contractor-bench-embedding-'));
  try {
    makeTinySystem(join(top, 'tiny'));
    const stores = [join(top, 'here'), join(top, 'elsewhere')] as const;
    for (const store of stores) {
      mkdirSync(store);
      const supervisor = createSupervisor({ store });
      await supervisor.artifacts.importFrom('tiny', join(top, 'tiny'));
      await supervisor.close();
    }
    await build(stores[0]); // what is loaded once
    const [here, elsewhere]: [LoopFigures[], LoopFigures[]] = [[], []];
    for (let n = 0; n < Number(values.runs); n += 1) {
      here.push(await measuredLoop(async () => await build(stores[0])));
      elsewhere.push(await measuredLoop(async () => await inAnotherProcess(stores[1])));
    }
    process.stdout.write(
      '| what | late, p99, ms | late, at most | busy at a time, p99, ms | of those over 2 ms, p90 | busy, at most | seconds |\n|---|---|---|---|---|---|---|\n',
    );
    print('the build, in this process', here);
    print('idle, while another process builds the same', elsewhere);
    const inStore = (work: (supervisor: Supervisor) => Promise<unknown>) => async (): Promise<void> => {
      const supervisor = createSupervisor({ store: stores[0] });
      await work(supervisor);
      await supervisor.close();
    };
    const begun = inStore(async (supervisor) => {
      const run = await supervisor.build({ fileName: 'large.yaml', text: specification(1000) }, { noCache: true });
      run.cancel();
      await run.result;
    });
    const current = inStore(async (supervisor) => await (await supervisor.build(source)).result);
    const assessed = inStore(async (supervisor) => await supervisor.outOfDate(source));
    let changes = 0;
    const oneChanged = inStore(async (supervisor) => {
      const text = source.text.replace('echo 1 ', `echo changed ${(changes += 1)} `);
      await (
        await supervisor.build({ ...source, text })
      ).result;
    });
    const times = async (work: () => Promise<void>): Promise<LoopFigures[]> => {
      const figures: LoopFigures[] = [];
      for (let n = 0; n < 3; n += 1) figures.push(await measuredLoop(work));
      return figures;
    };
    print('a specification of 1,000 projects, until its run has begun and is cancelled', await times(begun));
    print('`outOfDate`, and all is up to date', await times(assessed));
    print('a build, and all is up to date', await times(current));
    print('a build, and one project has changed', await times(oneChanged));
  } finally {
    for (const store of ['here', 'elsewhere']) {
      const command = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
      await runInIdMap({ trees: join(top, store, 'trees'), idMap: findIdMap(), command });
    }
    rmSync(top, { recursive: true, force: true });
  }
}

async function inAnotherProcess(store: string): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['--build', store, '--projects', values.projects]);
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`the other process ended with ${status}`);
}

function print(what: string, figures: readonly LoopFigures[]): void {
  const of = (key: keyof LoopFigures): string => {
    const sorted = figures.map((each) => each[key]).toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return `${median.toFixed(1)} (${(sorted[0] ?? 0).toFixed(1)}–${(sorted.at(-1) ?? 0).toFixed(1)})`;
  };
  process.stdout.write(
    `| ${[what, of('delayP99'), of('delayMax'), of('busyP99'), of('longP90'), of('busyMax'), of('seconds')].join(' | ')} |\n`,
  );
}

function specification(count: number): string {
  const project = (n: number): string =>
    `- project: p${n}\n  build-steps:\n  - action: create-systree\n    artifact-name: tiny\n    container-name: c\n` +
    `  - action: shell\n    container-name: c\n    shell: echo ${n} > file\n  - action: create-artifact\n    artifact-name: a${n}\n`;
  return `projects:\n${Array.from({ length: count }, (_, n) => project(n)).join('')}`;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { kill, processesLike, processOf, workersOf } from '../crash/processes.ts';
import { canTrace } from '../crash/keeper-trace.ts';
import type { SeenProcess } from '../crash/processes.ts';
import { keeperPids } from './killed-build.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking !== '') return;
  store = await openTestStore();
  mkdirSync(join(store.work, 'big'));
  writeFileSync(join(store.work, 'big/file'), '');
  truncateSync(join(store.work, 'big/file'), BYTES);
});
afterAll(() => store?.close());

const BUILDER = join(import.meta.dirname, '../crash/build-with-fault.ts');

/** So many bytes that whoever reads them is seen. */
const BYTES = 60_000_000;

const PROJECTS = [
  project('p', [
    { action: 'copy-source', path: 'big' },
    { action: 'create-artifact', 'artifact-name': 'big' },
  ]),
];

const PACKING = /^\S*tar --create/;
const UNPACKING = /^\S*tar --extract/;
const HASHING = /^\S*node .*tree-worker/;
/** What starts the worker, and is alone in the host's namespaces. SIGPIPE is what it gets when the worker is killed before it is told to go on. */
const HOLDING = /^\S*perl .* exec .*tree-worker/;

/** Builds, and kills in the first attempt a process that is the first of `victims`, in the second one that is the second, and so on. */
async function buildKilling(victims: readonly (RegExp | undefined)[]) {
  const left = [...victims];
  let victim: RegExp | undefined;
  const timer = setInterval(() => {
    const met = workersOf(processOf(process.pid) as SeenProcess).find(({ command }) => victim?.test(command) === true);
    if (met !== undefined && kill([met], victim === HOLDING ? 'SIGPIPE' : 'SIGKILL') > 0) victim = undefined;
  }, 3);
  try {
    const run = await store.supervisor.build(
      { value: { projects: PROJECTS }, directory: store.work },
      { noCache: true },
    );
    for await (const { type } of run.events()) if (type === 'step-started') victim = left.shift();
    return { run: run.id, result: await run.result, notMet: victim ?? left };
  } finally {
    clearInterval(timer);
  }
}

/** Of the process that waits in a gate and of its parent, which is pid 1 of its container: the keeper that started bwrap. */
const grandparent = (pid: number): number | undefined => processOf(processOf(pid)?.parent ?? 0)?.parent;

const outcomesOf = (run: string): unknown[] =>
  store.supervisor
    .run(run)
    .projects.flatMap(({ steps }) => steps.map(({ attempts }) => attempts.map(({ outcome }) => outcome)));

describe.skipIf(lacking !== '')(
  'a process of contractor that is killed while a step is done outside of a sandbox',
  () => {
    test('[A-269] is no end of the step: it is done again, on the tree before it', async () => {
      const { run, result, notMet } = await buildKilling([PACKING, UNPACKING, undefined, HASHING, HOLDING]);
      expect({ result, notMet }).toEqual({ result: 'built', notMet: [] });
      const interrupted = { type: 'interrupted' };
      const succeeded = { type: 'succeeded' };
      expect(outcomesOf(run)).toEqual([
        [interrupted, interrupted, succeeded],
        [interrupted, interrupted, succeeded],
      ]);
      expect(store.supervisor.artifacts.list().filter(({ name }) => name === 'big')).toMatchObject([
        { version: 1, sizeBytes: BYTES },
      ]);
      expect(readdirSync(join(store.store, 'trees/artifacts'))).toEqual(['big', 'tiny']);
      await vi.waitFor(() => expect(workersOf(processOf(process.pid) as SeenProcess)).toEqual([]));
      expect(readdirSync(join(store.store, 'trees/objects')).filter((name) => name.startsWith('.'))).toEqual([]);
    });

    test('[A-269] the third time in a row is one: something kills it, and how to look for that is said', async () => {
      const { run, result } = await buildKilling([PACKING, PACKING, PACKING]);
      expect(result).toBe('failed');
      expect(outcomesOf(run)[0]).toMatchObject([
        { type: 'interrupted' },
        { type: 'interrupted' },
        {
          type: 'refused',
          code: 'SANDBOX_FAILED',
          message: expect.stringContaining('3 times in a row') as string,
          mend: expect.stringContaining('dmesg') as string,
        },
      ]);
    });

    test('[A-269] and was only made ahead for the next step is not missed', async () => {
      const projects = [
        project('p', [
          onTiny,
          shell('true'),
          shell('true'),
          shell('true'),
          { action: 'copy-source', path: 'big' },
          shell('echo done'),
        ]),
      ];
      const run = await store.supervisor.build({ value: { projects }, directory: store.work }, { noCache: true });
      let killed = 0;
      for await (const event of run.events()) {
        if (event.type !== 'step-started' || event.step !== '5-copy-source') continue;
        const [, keeper] = keeperPids(store);
        // Now or in a moment: the keeper makes it when the step before has ended.
        await vi.waitFor(() => {
          killed = kill(processesLike(/keeper\.pl serve/).filter(({ parent }) => parent === keeper));
          expect(killed).toBe(1);
        });
      }
      expect(await run.result).toBe('built');
      expect(outcomesOf(run.id).at(-1)).toEqual([{ type: 'succeeded' }]);
    });

    // What an ordinary user starts under strace to write the id map loses its set-user-id bit.
    test.skipIf(!canTrace() || process.getuid?.() !== 0)(
      '[A-269] and is the sandbox of a command that has not begun is no end of the step, as root',
      async () => {
        const projects = [project('p', [onTiny, shell('echo begun')])];
        // The keeper reads slowly what the kernel shows of the process that waits in the gate.
        const slowly = ['-o', '/dev/null', '-e', 'trace=readlink', '-e', 'inject=readlink:delay_enter=100000'];
        const builder = spawn(
          process.execPath,
          [BUILDER, store.store, store.work, JSON.stringify({ projects }), JSON.stringify(slowly)],
          { stdio: ['ignore', 'ignore', 'inherit'] },
        );
        const ended = once(builder, 'exit');
        await vi.waitFor(
          () => {
            const [, keeper] = keeperPids(store);
            expect(
              kill(processesLike(/^\/proc\/self\/fd\/\d+ /).filter(({ parent }) => keeper === grandparent(parent))),
            ).toBe(1);
          },
          { interval: 5, timeout: 30_000 },
        );
        expect(await ended).toEqual([0, null]);
        const { id } = store.supervisor.summary();
        expect(outcomesOf(id).at(-1)).toEqual([{ type: 'interrupted', signal: 'SIGKILL' }, { type: 'succeeded' }]);
      },
    );
  },
);

import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { kill, processOf, workersOf } from '../crash/processes.ts';
import type { SeenProcess } from '../crash/processes.ts';
import { openTestStore, project, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

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
/** What starts the worker, and is alone in the host's namespaces. */
const HOLDING = /^\S*perl .* exec .*tree-worker/;

/** Builds, and kills in the first attempt a process that is the first of `victims`, in the second one that is the second, and so on. */
async function buildKilling(victims: readonly (RegExp | undefined)[]) {
  mkdirSync(join(store.work, 'big'), { recursive: true });
  writeFileSync(join(store.work, 'big/file'), '');
  truncateSync(join(store.work, 'big/file'), BYTES);
  const left = [...victims];
  let victim: RegExp | undefined;
  const timer = setInterval(() => {
    const met = workersOf(processOf(process.pid) as SeenProcess).find(({ command }) => victim?.test(command) === true);
    if (met !== undefined && kill([met]) > 0) victim = undefined;
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
  },
);

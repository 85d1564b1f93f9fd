import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heldResources } from './held-resources.ts';
import { measuredLoop } from './measured-loop.ts';
import { onTiny, openTestStore, project, publish, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;
beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(async () => await store?.close());

describe.skipIf(lacking !== '')('in a program that embeds it', () => {
  test('[A-242] the thread of the program is its own again after at most 20 ms, 99 of 100 times', async () => {
    const of = (n: number): object => project(`p${n}`, [onTiny, shell(`echo ${n} > file`), publish(`a${n}`)]);
    const projects = Array.from({ length: 6 }, (_, n) => of(n));
    await store.build(projects.slice(0, 2)); // What is loaded and compiled once.
    const { busyP99, longP90 } = await measuredLoop(async () => {
      expect((await store.build(projects)).result).toBe('built');
    });
    expect(busyP99).toBeLessThan(20);
    // What is longer is the start of processes, which copies the tables of this one's memory, and some in a row.
    expect(longP90).toBeLessThan(70);
  });

  test('[A-243] run after run leaves no descriptor, handle or listener behind, however it ends', async () => {
    const { supervisor, work } = store;
    const build = async (n: number): Promise<void> => {
      const script = ['true', 'false', 'sleep 600'][n % 3] ?? '';
      const value = { projects: [project('p', [onTiny, shell(script)])] };
      const run = await supervisor.build({ value, directory: work }, { noCache: true });
      const stop = new AbortController();
      for await (const _ of supervisor.followAll({ signal: stop.signal })) break;
      for await (const event of run.events()) {
        if (script === 'sleep 600' && event.type === 'step-started' && event.step === '2-shell') run.cancel();
      }
      await run.collected;
    };
    for (let n = 0; n < 6; n += 1) await build(n);
    const before = await heldResources();
    for (let n = 0; n < 12; n += 1) await build(n);
    const after = await heldResources();
    expect({ ...after, heapMegabytes: 0 }).toEqual({ ...before, heapMegabytes: 0 });
  });
});

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killedAt } from './killed-build.ts';
import { onTiny, openTestStore, project, shell, whatHostLacks } from './test-store.ts';
import type { TestStore } from './test-store.ts';

const lacking = await whatHostLacks();
let store: TestStore;

beforeAll(async () => {
  if (lacking === '') store = await openTestStore();
});
afterAll(() => store?.close());

const count = 'echo ran >> count';
const steps = [onTiny, shell(count), shell(`${count}; sleep 1`), shell(count), shell('cat count')];

const projects = [project('p', steps)];

describe.skipIf(lacking !== '')('resume', () => {
  test.for(['1-create-systree', '2-shell', '3-shell', '4-shell'])(
    '[A-22] finishes a build that was killed as %s began, without what the cut-off step did',
    async (step) => {
      const id = await killedAt(store, { projects, step });
      expect(store.supervisor.run(id).state).toMatch(/interrupted|adoptable/);
      const before = store.supervisor.run(id).projects[0]?.steps ?? [];
      const run = await store.supervisor.resume(id);
      expect(await run.result).toBe('built');
      const log = store.supervisor.logFile({ run: id, project: 'p', step: '5' });
      expect(readFileSync(log, 'utf8')).toBe('ran\nran\nran\n');
      const after = store.supervisor.run(id).projects[0]?.steps ?? [];
      const committed = before.filter(({ attempts }) => attempts.at(-1)?.outcome?.type === 'succeeded');
      for (const { id: done, attempts } of committed) {
        expect(after.find((each) => each.id === done)?.attempts).toEqual(attempts);
      }
      await expect(store.supervisor.resume(id)).rejects.toMatchObject({ code: 'RUN_ENDED' });
    },
  );

  test('is refused while another process builds the run', async () => {
    const id = await killedAt(store, {
      projects,
      step: '3-shell',
      meanwhile: async (run) => {
        expect(store.supervisor.run(run).state).toBe('running');
        await expect(store.supervisor.resume(run)).rejects.toMatchObject({ code: 'RUN_OWNED' });
      },
    });
    expect(await (await store.supervisor.resume(id)).result).toBe('built');
  });
});

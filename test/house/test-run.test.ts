import { expect, test } from 'vitest';
import { createActor, createMachine, fromPromise, spawnChild } from 'xstate';
import fc from 'fast-check';

test('tests run the development build of XState, which throws where the other loses state silently', () => {
  const anonymous = createMachine({ entry: spawnChild(fromPromise(() => Promise.resolve())) });
  const actor = createActor(anonymous).start();
  expect(() => actor.getPersistedSnapshot()).toThrow(/inline/);
  actor.stop();
});

test('FC_SEED and FC_NUM_RUNS reach the property tests, and in CI the cases are the same each time', () => {
  const { seed, numRuns } = fc.readConfigureGlobal();
  const asked = (name: string) => (process.env[name] ? Number(process.env[name]) : undefined);
  expect([seed, numRuns]).toEqual([
    asked('FC_SEED') ?? (process.env['CI'] === undefined ? undefined : 1),
    asked('FC_NUM_RUNS'),
  ]);
});

import { expect, test } from 'vitest';
import { createActor, createMachine, fromPromise, spawnChild } from 'xstate';
import fc from 'fast-check';

test('tests run the development build of XState, which throws where the other loses state silently', () => {
  const anonymous = createMachine({ entry: spawnChild(fromPromise(() => Promise.resolve())) });
  const actor = createActor(anonymous).start();
  expect(() => actor.getPersistedSnapshot()).toThrow(/inline/);
  actor.stop();
});

test('FC_SEED and FC_NUM_RUNS reach the property tests', () => {
  const { seed, numRuns } = fc.readConfigureGlobal();
  expect([seed, numRuns]).toEqual(
    [process.env['FC_SEED'], process.env['FC_NUM_RUNS']].map((text) => (text ? Number(text) : undefined)),
  );
});

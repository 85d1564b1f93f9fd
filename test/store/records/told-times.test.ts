import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import { sampleAttempt, sampleRun } from '../sample-records.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let store: Store;
beforeEach(() => {
  store = openStore(temporaryDirectory());
  store.createRun(sampleRun('r1'));
});
afterEach(() => store.close());

test('[A-273] runs are told by the clock of who recorded them, and in the order of the host', () => {
  store.createRun(sampleRun('r2', { createdAt: 2000, toldCreatedAt: 9 }));
  store.createRun(sampleRun('r3', { createdAt: 3000, toldCreatedAt: 5 }));
  store.endRun('r3', { endedAt: 4000, toldEndedAt: 6, result: 'built' });
  expect(store.listRuns().map(({ id, createdAt, toldCreatedAt }) => [id, createdAt, toldCreatedAt])).toEqual([
    ['r3', 3000, 5],
    ['r2', 2000, 9],
    ['r1', 1000, 1000],
  ]);
  expect(store.getRun('r3')?.ended).toEqual({ endedAt: 4000, toldEndedAt: 6, result: 'built' });
  store.reopenRun('r3');
  store.endRun('r3', { endedAt: 5000, result: 'failed' });
  expect(store.getRun('r3')?.ended).toEqual({ endedAt: 5000, toldEndedAt: 5000, result: 'failed' });
});

test('[A-273] attempts are told by the clock of who recorded them, and so is what takes them over', () => {
  const key = 'k';
  store.beginAttempt(sampleAttempt('a1', { key, keyInputs: {}, toldStartedAt: 7 }));
  store.endAttempt('a1', { endedAt: 4000, toldEndedAt: 3, outcome: { type: 'succeeded' }, result: {} });
  const from = store.getAttempt('a1');
  expect(from).toMatchObject({ startedAt: 2000, toldStartedAt: 7, endedAt: 4000, toldEndedAt: 3 });
  if (from?.type !== 'ended') throw new Error('it has ended');
  store.createRun(sampleRun('r2'));
  store.reuseAttempt({ ...sampleAttempt('a2'), run: 'r2', startedAt: 5000, toldStartedAt: 1 }, from);
  const taken = { startedAt: 5000, toldStartedAt: 1, endedAt: 5000, toldEndedAt: 1 };
  expect(store.getAttempt('a2')).toMatchObject(taken);
  store.createRun(sampleRun('r3'));
  const steps = [{ id: 'a3', project: 'compile', step: '1 shell make', from: 'a1' }];
  store.noteTakenOver('r3', steps, { bootId: 'b', at: 6000, toldAt: 2 });
  expect(store.listAttempts('r3')).toMatchObject([
    { id: 'a3', startedAt: 6000, toldStartedAt: 2, endedAt: 6000, toldEndedAt: 2 },
  ]);
});

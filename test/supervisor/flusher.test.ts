import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ContractorError } from '../../errors.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { Flusher } from '../../supervisor/flusher.ts';
import { sampleAttempt, sampleRun } from '../store/sample-records.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

function storeWithAttempts(...ids: readonly string[]): Store {
  const store = openStore(join(temporaryDirectory(), 's'));
  store.createRun(sampleRun('r1'));
  for (const [index, id] of ids.entries()) store.beginAttempt(sampleAttempt(id, { number: index + 1 }));
  return store;
}

const end = (store: Store, id: string): void => store.endAttempt(id, { endedAt: 1, outcome: { type: 'failed' } });

test('what ends while the disk is being flushed is not marked durable by that flush', async () => {
  const store = storeWithAttempts('a1', 'a2');
  end(store, 'a1');
  const flusher = new Flusher({
    store,
    now: () => 5,
    sync: async () => {
      if (store.getAttempt('a2')?.type === 'running') end(store, 'a2');
    },
  });
  await flusher.flush();
  expect(store.undurable().attempts).toEqual(['a2']);
  expect(store.flushedAt()).toBe(5);
  await flusher.flush();
  expect(store.undurable().attempts).toEqual([]);
});

test('nothing is marked when the disk fails, and whoever waits for a flush hears of it, also later', async () => {
  const store = storeWithAttempts('a1');
  end(store, 'a1');
  const refusal = new ContractorError('STORE_UNUSABLE', 'x', 'y');
  let isBroken = true;
  const flusher = new Flusher({
    store,
    now: () => 5,
    sync: () => (isBroken ? Promise.reject(refusal) : Promise.resolve()),
  });
  vi.useFakeTimers();
  flusher.noteRecord();
  await vi.runAllTimersAsync();
  vi.useRealTimers();
  isBroken = false;
  await expect(flusher.flush()).rejects.toBe(refusal);
});

test('the disk is left alone when there is nothing to flush', async () => {
  const sync = vi.fn<() => Promise<void>>(() => Promise.resolve());
  await new Flusher({ store: storeWithAttempts('a1'), now: () => 5, sync }).flush();
  expect(sync).not.toHaveBeenCalled();
});

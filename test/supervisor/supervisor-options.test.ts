import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import type { SupervisorOptions } from '../../supervisor/supervisor-options.ts';
import { openStore } from '../../store/open-store.ts';
import { checkedIds } from '../../supervisor/checked-ids.ts';
import { sampleAttempt, sampleRun } from '../store/sample-records.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';

test.each([
  [{ job: 2 }, 'no option `job`'],
  [{ store: '' }, '`store` is no text'],
  [{ bootId: 7 }, '`bootId` is no text'],
  [{ jobs: 0 }, '`jobs` is 0'],
  [{ jobs: 1.5 }, '`jobs` is 1.5'],
  [{ jobs: Number.NaN }, '`jobs` is NaN'],
  [{ jobs: '4' }, '`jobs` is "4"'],
  [{ newId: 'a' }, '`newId` is "a"'],
  [{ now: 2040 }, '`now` is 2040'],
  [{ now: () => Number.NaN }, 'gave NaN'],
  [{ now: () => -1 }, 'gave -1'],
  [{ now: () => Infinity }, 'gave Infinity'],
  [{ now: () => 9e15 }, 'gave 9000000000000000'],
  [{ now: () => new Date(0) }, 'gave "1970-01-01T00:00:00.000Z"'],
  [{ now: () => 5n }, 'gave 5'],
  [{ now: () => undefined }, 'gave undefined'],
  [{ limits: null }, '`limits` is no object'],
  [{ limits: { memory: 1 } }, 'no limit `memory`'],
  [{ limits: { memoryBytes: '1G' } }, '`memoryBytes` is "1G"'],
  [{ limits: { timeoutMs: -1 } }, '`timeoutMs` is -1'],
])('[A-209] a supervisor is not made with %j, and nothing is opened', (options, words) => {
  const store = join(temporaryDirectory(), 'store');
  expect(() => createSupervisor({ store, ...options } as SupervisorOptions)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(words) as unknown }),
  );
  expect(existsSync(store)).toBe(false);
});

test('[A-209] ids of a program are refused that are none, that it gave before, or that the store has', () => {
  const store = openStore(temporaryDirectory());
  onTestFinished(() => store.close());
  store.createRun(sampleRun('run001'));
  store.createRun(sampleRun('r1'));
  store.beginAttempt(sampleAttempt('attempt1'));
  const given: unknown[] = ['first1', 'first1', 'run001', 'attempt1', '../evil', 'UPPER1', 'short', 'a'.repeat(33), 7];
  const newId = checkedIds(
    () => given.shift() as string,
    () => store,
  );
  expect(newId()).toBe('first1');
  for (const words of ['`first1`', '`run001`', '`attempt1`', '"../evil"', '"UPPER1"', '"short"', '"aaa', 'gave 7']) {
    expect(newId).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(words) as unknown }),
    );
  }
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NewEvent } from '../../supervisor/build-event.ts';
import type { RunEvents } from '../../supervisor/run-events.ts';
import { waitBeforeAttempt } from '../../supervisor/wait-before-attempt.ts';

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

function rig(notBefore: number | undefined, { now = Date.now }: { now?: () => number } = {}) {
  const told: NewEvent[] = [];
  const events = {
    commit: (fn: Parameters<RunEvents['commit']>[0]) => fn((event) => told.push(event)),
  } as RunEvents;
  const abort = new AbortController();
  let isOver = false;
  const begin = async (): Promise<void> => {
    await waitBeforeAttempt(
      { step: '1-git', ...(notBefore === undefined ? {} : { notBefore }) },
      { project: 'p', attempt: 2, world: { events, now, hostNow: Date.now }, signal: abort.signal },
    );
    isOver = true;
  };
  return { told, abort, begin, isOver: () => isOver };
}

test('says until when it waits, and waits until then', async () => {
  const { told, begin, isOver } = rig(1_008_000);
  void begin();
  expect(told).toEqual([{ type: 'step-waiting', project: 'p', step: '1-git', attempt: 2, until: 1_008_000 }]);
  await vi.advanceTimersByTimeAsync(7_999);
  expect(isOver()).toBe(false);
  await vi.advanceTimersByTimeAsync(2);
  expect(isOver()).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test.for([undefined, 999_999, 1_000_000])('does not wait, and says nothing, for a time of %s', async (notBefore) => {
  const { told, begin } = rig(notBefore);
  await begin();
  expect(told).toEqual([]);
});

test('ends when it is cancelled, and leaves no timer', async () => {
  const { abort, begin } = rig(1_008_000);
  const waiting = begin();
  abort.abort();
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});

test('does not begin to wait for what is cancelled already', async () => {
  const { told, abort, begin } = rig(1_008_000);
  abort.abort();
  await begin();
  expect(told).toEqual([]);
});

test('waits no longer than the longest back-off where the clock was set back', async () => {
  const { told, begin, isOver } = rig(90_000_000);
  void begin();
  expect(told).toMatchObject([{ until: 1_060_000 }]);
  await vi.advanceTimersByTimeAsync(60_001);
  expect(isOver()).toBe(true);
});

test('waits as long as the host says, and tells until when by the clock that times are told by', async () => {
  const year2040 = Date.UTC(2040, 0, 1);
  const { told, begin, isOver } = rig(1_008_000, { now: () => year2040 });
  void begin();
  expect(told).toMatchObject([{ until: year2040 + 8000 }]);
  await vi.advanceTimersByTimeAsync(7_999);
  expect(isOver()).toBe(false);
  await vi.advanceTimersByTimeAsync(2);
  expect(isOver()).toBe(true);
});

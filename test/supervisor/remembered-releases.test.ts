import { expect, test } from 'vitest';
import { releaseBefore, rememberReleases } from '../../supervisor/remembered-releases.ts';

test('of each repository the newest date is remembered, and none that is still to come', () => {
  const meta = new Map<string, unknown>();
  const store = {
    getMeta: (key: string) => meta.get(key),
    setMeta: (key: string, value: unknown) => void meta.set(key, value),
  };
  const remember = (...releases: { key: string; date: number }[]) =>
    rememberReleases(store, { releases, now: 100_000 });
  remember({ key: 'a', date: 50 }, { key: 'b', date: 60 });
  remember({ key: 'a', date: 40 }, { key: 'b', date: 101 }, { key: 'c', date: 100 });
  expect(['a', 'b', 'c', 'd'].map((key) => releaseBefore(store, key))).toEqual([50, 60, 100, undefined]);
});

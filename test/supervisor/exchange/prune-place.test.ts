import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directoryPlace } from '../../../exchange/directory-place.ts';
import type { Place } from '../../../exchange/place.ts';
import { manifestDigest, manifestText } from '../../../store/trees/manifest.ts';
import { parcelsOf } from '../../../store/trees/parcels.ts';
import { KEYS } from '../../../supervisor/exchange/at-place.ts';
import type { Bill } from '../../../supervisor/exchange/at-place.ts';
import { markPush } from '../../../supervisor/exchange/marks.ts';
import { prunePlace } from '../../../supervisor/exchange/prune-place.ts';
import { keysIn } from './two-stores.ts';

const DAY_MS = 86_400_000;
const AT_ONCE = { settleMs: 0 };
let directory: string;
let place: Place;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'contractor-prune-'));
  place = directoryPlace(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** An artifact of large files with these contents, all of it but its bill at the place. */
async function laid(name: string, ...contents: Buffer[]): Promise<{ readonly bill: Bill; readonly keys: string[] }> {
  const owned = { mode: 0o755, uid: 0, gid: 0 };
  const hashed = contents.map((each) => ({ each, hash: createHash('sha256').update(each).digest('hex') }));
  const lines = [
    { path: '', type: 'directory' as const, ...owned },
    ...hashed.map(({ each, hash }, index) => ({
      path: `f${index}`,
      type: 'file' as const,
      ...owned,
      contents: { hash, sizeBytes: each.length },
    })),
  ];
  const manifest = manifestText(lines);
  const digest = manifestDigest(manifest);
  const details = 'd'.repeat(64);
  const parcels = parcelsOf(lines).map(({ key }) => key);
  const keys = [KEYS.manifest(digest), KEYS.details(digest, details), ...parcels];
  for (const key of keys) await place.put(key, Buffer.from('there'));
  await place.put(KEYS.manifest(digest), Buffer.from(manifest));
  return { bill: { format: 'contractor artifact 1', name, digest, details }, keys: keys.toSorted() };
}

const bought = (bill: Bill) => place.put(KEYS.bill(bill.name, bill.digest), Buffer.from(JSON.stringify(bill)));
const large = (): Buffer => randomBytes(300_000);

/** Makes all that is there so many days old. */
function age(days: number): void {
  const then = new Date(Date.now() - days * DAY_MS);
  for (const key of keysIn(directory)) utimesSync(join(directory, key), then, then);
}

test('[A-233] what no artifact needs goes once it is old; what one shares with it stays', async () => {
  const shared = large();
  const kept = await laid('kept', shared, large());
  await bought(kept.bill);
  const killed = await laid('killed', shared, large());
  mkdirSync(join(directory, 'objects/mine'));
  writeFileSync(join(directory, 'objects/mine/file'), 'mine');
  expect(await prunePlace(place, AT_ONCE)).toMatchObject({ removed: 0, artifacts: 1 });
  age(2);
  const before = keysIn(directory);
  expect(await prunePlace(place, { ...AT_ONCE, dryRun: true })).toMatchObject({ removed: 3 });
  expect(keysIn(directory)).toEqual(before);
  expect(await prunePlace(place, AT_ONCE)).toMatchObject({ removed: 3, artifacts: 1, forgotten: [] });
  expect(keysIn(directory)).toEqual(
    [...kept.keys, KEYS.bill('kept', kept.bill.digest), 'objects/mine/file'].toSorted(),
  );
  expect(killed.keys).not.toEqual(kept.keys);
});

test('[A-233] an artifact that is forgotten can be fetched for the time of grace, by who has begun', async () => {
  const [first, second] = [await laid('it', large()), await laid('it', large())];
  await bought(first.bill);
  age(40);
  await bought(second.bill);
  const policy = { ...AT_ONCE, keepForMs: 30 * DAY_MS, keepVersions: 1 };
  expect(await prunePlace(place, policy)).toMatchObject({ forgotten: [{ digest: first.bill.digest }], removed: 0 });
  expect(await place.look(KEYS.bill('it', first.bill.digest))).toBe(undefined);
  expect(await prunePlace(place, policy)).toMatchObject({ removed: 0 });
  age(2);
  expect(await prunePlace(place, policy)).toMatchObject({ removed: 3, artifacts: 1 });
  expect(keysIn(directory)).toEqual([...second.keys, KEYS.bill('it', second.bill.digest)].toSorted());
});

test('[A-233] a push that has begun keeps what it relies on, also what is old', async () => {
  const { bill, keys } = await laid('it', large());
  age(9);
  const mark = await markPush(place, bill, {});
  expect(await prunePlace(place, AT_ONCE)).toMatchObject({ removed: 0 });
  await mark.assertThere();
  await bought(bill);
  await mark.remove();
  expect(await prunePlace(place, AT_ONCE)).toMatchObject({ removed: 0, artifacts: 1 });
  expect(keysIn(directory)).toEqual([...keys, KEYS.bill('it', bill.digest)].toSorted());
});

test('[A-233] a push that begins while a prune is at work waits for its end, and then sees what is gone', async () => {
  const { bill, keys } = await laid('it', large());
  age(9);
  const seen: string[] = [];
  let pushing: Promise<unknown> | undefined;
  // The push begins after the prune has looked for pushes, and before it removes.
  const watched: Place = {
    ...place,
    list: (folder, options) => {
      if (folder === 'bundles/')
        pushing ??= markPush(place, bill, { wait: async () => await setTimeout(1) }).then(() =>
          seen.push('push goes on'),
        );
      return place.list(folder, options);
    },
    remove: async (key, options) => {
      if (keys.includes(key)) seen.push('removed');
      await place.remove(key, options);
    },
  };
  expect(await prunePlace(watched, AT_ONCE)).toMatchObject({ removed: 3 });
  await pushing;
  expect(seen).toEqual(['removed', 'removed', 'removed', 'push goes on']);
  expect(await place.look(keys.at(-1) ?? '')).toBe(undefined);
});

test('a push does not wait for a prune that is dead; one that was itself taken for dead ends', async () => {
  const { bill } = await laid('it', large());
  await place.put('pruning/dead', Buffer.alloc(0));
  age(1);
  const mark = await markPush(place, bill, {});
  age(3);
  await prunePlace(place, AT_ONCE);
  await expect(mark.assertThere()).rejects.toMatchObject({ code: 'PLACE_UNUSABLE' });
});

test('nothing goes when it cannot be told what an artifact needs, or the grace is too short', async () => {
  const { bill } = await laid('it', large());
  await bought(bill);
  await laid('killed', large());
  await place.put(KEYS.manifest(bill.digest), Buffer.from('other'));
  age(9);
  const before = keysIn(directory);
  await expect(prunePlace(place, AT_ONCE)).rejects.toMatchObject({ code: 'PLACE_DAMAGED' });
  await expect(prunePlace(place, { ...AT_ONCE, graceMs: 1000 })).rejects.toMatchObject({ code: 'USAGE' });
  expect(keysIn(directory)).toEqual(before);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContractorError } from '../../../errors.ts';
import type { Place } from '../../../exchange/place.ts';
import { manifestDigest, manifestText } from '../../../store/trees/manifest.ts';
import { parcelsOf } from '../../../store/trees/parcels.ts';
import { KEYS, readBill, sha256 } from '../../../supervisor/exchange/at-place.ts';
import { layArtifact } from '../../../supervisor/exchange/lay-artifact.ts';
import type { ArtifactToLay } from '../../../supervisor/exchange/lay-artifact.ts';
import { notePlaceUser } from '../../../supervisor/exchange/users-of-place.ts';
import { prunePlace } from '../../../supervisor/exchange/prune-place.ts';
import { propertyRuns } from '../../property-runs.ts';
import type { Timing } from '../../../supervisor/exchange/marks.ts';
import { Killed, SimulatedPlace } from './simulated-place.ts';

const DAY_MS = 86_400_000;
const USER = { id: 'a'.repeat(32), name: 'workers' };
const CONTENTS = [0, 1].map((seed) => Buffer.alloc(300_000, `contents ${seed}`));
const HASHES = CONTENTS.map(sha256);

/** An artifact of these contents: each is a parcel of its own. */
function artifact(name: string, contents: readonly number[]): ArtifactToLay {
  const owned = { mode: 0o755, uid: 0, gid: 0 };
  const files = contents.map((index) => ({
    path: `f${index}`,
    type: 'file' as const,
    ...owned,
    contents: { hash: HASHES[index]!, sizeBytes: 300_000 },
  }));
  const lines = [{ path: '', type: 'directory' as const, ...owned }, ...files];
  const manifest = manifestText(lines);
  const parcels = parcelsOf(lines).map(({ key, sizeBytes }) => ({ key, sizeBytes }));
  const details = Buffer.from(`details of ${name}`);
  return {
    name,
    digest: manifestDigest(manifest),
    manifest: Buffer.from(manifest),
    details,
    account: undefined,
    parcels,
  };
}

const ALL: readonly ArtifactToLay[] = [[0], [0, 1]].flatMap((contents) => [
  artifact('one', contents),
  artifact('two', contents),
]);
const billOf = ({ name, digest, details }: ArtifactToLay): Buffer =>
  Buffer.from(JSON.stringify({ format: 'contractor artifact 1', name, digest, details: sha256(details) }));
const contentsOf = (key: string): Buffer => CONTENTS[HASHES.findIndex((hash) => key.includes(hash.slice(2)))]!;
const needsOf = ({ digest, details, parcels }: ArtifactToLay): string[] => [
  KEYS.manifest(digest),
  KEYS.details(digest, sha256(details)),
  ...parcels.map(({ key }) => key),
];
/** What lies at the place of an artifact, without its bill. */
const layNeeds = (place: SimulatedPlace, each: ArtifactToLay, ageMs: number): void => {
  for (const key of needsOf(each)) place.lay(key, contentsOf(key), ageMs);
  place.lay(KEYS.manifest(each.digest), each.manifest, ageMs);
  place.lay(KEYS.details(each.digest, sha256(each.details)), each.details, ageMs);
};

const push = async (place: Place, each: ArtifactToLay, timing: Timing): Promise<void> => {
  await layArtifact(each, place, {
    timing,
    send: async (missing, mark) => {
      for (const { key } of missing) {
        await mark.refresh();
        await place.put(key, contentsOf(key));
      }
    },
  });
};

/** As a pull reads it. @throws where the bill is there and something of what it names is not */
const pull = async (place: Place, { name, digest, parcels }: ArtifactToLay): Promise<void> => {
  const bytes = await place.get(KEYS.bill(name, digest), { maxBytes: 1000 });
  if (bytes === undefined) return;
  const { details } = readBill(bytes, { name, digest });
  for (const key of [KEYS.manifest(digest), KEYS.details(digest, details), ...parcels.map((parcel) => parcel.key)]) {
    if ((await place.get(key, { maxBytes: 1_000_000 })) === undefined) throw new Error(`pulled without ${key}`);
  }
};

const index = fc.nat({ max: ALL.length - 1 });
const ageDays = fc.constantFrom(0, 0.5, 2, 40, 50);
const killedAfter = fc.oneof({ weight: 3, arbitrary: fc.constant(1e9) }, { weight: 1, arbitrary: fc.nat({ max: 30 }) });
/** How many turns of others it lets pass before it begins. */
const beginsAfter = fc.nat({ max: 20 });
const pushing = fc.record({ verb: fc.constant('push' as const), index, killedAfter, beginsAfter });
const pulling = fc.record({ verb: fc.constant('pull' as const), index, killedAfter, beginsAfter });
const pruning = fc.record({
  verb: fc.constant('prune' as const),
  killedAfter,
  beginsAfter,
  keepForDays: fc.constantFrom(undefined, 0, 30),
  keepVersions: fc.constantFrom(0, 1, 3),
});
const situation = fc.record({
  lying: fc.array(fc.record({ index, ageDays, hasBill: fc.boolean() }), { maxLength: 6 }),
  processes: fc
    .tuple(pushing, pruning, fc.array(fc.oneof(pushing, pulling, pruning), { maxLength: 3 }))
    .map(([one, other, more]) => [one, other, ...more]),
  /** What an unfinished run takes, and how long ago it began. */
  needed: fc.option(fc.record({ index, ageDays }), { nil: undefined }),
  delaysMs: fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 10 }),
});

test('[A-233] whoever pushes, pulls, prunes or is killed at once: what a bill names is there, and what nobody needs goes', async () => {
  await fc.assert(
    fc.asyncProperty(situation, fc.scheduler(), async ({ lying, processes, needed, delaysMs }, scheduler) => {
      let turn = 0;
      const place = new SimulatedPlace(async (label) => {
        await scheduler.schedule(Promise.resolve(), label);
        return delaysMs[turn++ % delaysMs.length]!;
      });
      for (const { index: at, ageDays: days, hasBill } of lying) {
        const each = ALL[at]!;
        layNeeds(place, each, days * DAY_MS);
        if (hasBill) place.lay(KEYS.bill(each.name, each.digest), billOf(each), days * DAY_MS);
      }
      const users = [
        {
          ...USER,
          needs: async () => ({
            artifacts: needed === undefined ? [] : [ALL[needed.index]!],
            ...(needed === undefined ? {} : { oldestMs: needed.ageDays * DAY_MS }),
          }),
        },
      ];
      const neededBill = needed && KEYS.bill(ALL[needed.index]!.name, ALL[needed.index]!.digest);
      const wasThere = place.keys().filter((key) => key === neededBill);
      const began = place.now;
      const youngBills = (): string[] =>
        place
          .keys()
          .filter((key) => key.startsWith('artifacts/') && place.objects.get(key)!.modifiedAt >= began - DAY_MS / 2);
      const youngBefore = youngBills();

      const run = async (one: (typeof processes)[number], number: number): Promise<void> => {
        const seen = place.seenBy(`${one.verb} ${number}`, one.killedAfter);
        for (let turns = one.beginsAfter; turns > 0; turns--) await scheduler.schedule(Promise.resolve(), 'not yet');
        if (one.verb === 'push') return await push(seen, ALL[one.index]!, place.timing);
        if (one.verb === 'pull') return await pull(seen, ALL[one.index]!);
        const { keepForDays, keepVersions } = one;
        const policy = keepForDays === undefined ? {} : { keepForMs: keepForDays * DAY_MS, keepVersions };
        await prunePlace(seen, { ...policy, users, settleMs: 0 }, place.timing);
      };
      const ends = processes.map(async (one, number) => {
        try {
          await run(one, number);
          return one.verb === 'push' ? ALL[one.index]! : undefined;
        } catch (error) {
          // A prune may see another, or a push of which it cannot tell yet what it relies on.
          const isOther = one.verb === 'prune' && error instanceof ContractorError && error.code === 'PLACE_UNUSABLE';
          if (!isOther && !(error instanceof Killed)) throw error;
          return undefined;
        }
      });
      const pushed = (await scheduler.waitFor(Promise.all(ends))).filter((each) => each !== undefined);

      const bills = ALL.filter(({ name, digest }) => place.objects.has(KEYS.bill(name, digest)));
      const missing = bills.flatMap(needsOf).filter((key) => !place.objects.has(key));
      expect(missing).toEqual([]);
      for (const each of pushed) expect(bills).toContain(each);
      expect(youngBills()).toEqual(expect.arrayContaining(youngBefore));
      expect(place.keys()).toEqual(expect.arrayContaining(wasThere));

      // Once nobody is at work any more and the grace is over, nothing is there but what is needed.
      const quiet = async (): Promise<void> => {
        place.now += 3 * DAY_MS;
        await scheduler.waitFor(prunePlace(place.seenBy('last'), { settleMs: 0 }, place.timing));
      };
      await quiet();
      await quiet();
      const rest = place.keys().filter((key) => !key.startsWith('pruning/'));
      const wanted = bills.flatMap((each) => [KEYS.bill(each.name, each.digest), ...needsOf(each)]);
      expect(rest).toEqual([...new Set(wanted)].toSorted());
    }),
    propertyRuns(500),
  );
}, 120_000);

test('[A-233] nothing is forgotten while somebody uses the place who is not asked', async () => {
  const place = new SimulatedPlace(async () => 0);
  const [old] = ALL;
  layNeeds(place, old!, 90 * DAY_MS);
  place.lay(KEYS.bill(old!.name, old!.digest), billOf(old!), 90 * DAY_MS);
  const seen = place.seenBy('prune');
  await notePlaceUser(seen, USER);
  const policy = { keepForMs: DAY_MS, keepVersions: 0, settleMs: 0 };
  const clock = (): number => place.now;
  const before = place.keys();
  await expect(prunePlace(seen, policy, { clock })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('used by `workers`, which was not asked') as string,
  });
  expect(place.keys()).toEqual(before);
  // What was pushed since the oldest run has begun may be needed, whatever that is.
  const asked = (oldestMs: number) => ({
    ...policy,
    users: [{ ...USER, needs: async () => ({ artifacts: [], oldestMs }) }],
  });
  expect(await prunePlace(seen, asked(100 * DAY_MS), { clock })).toMatchObject({ forgotten: [] });
  await expect(
    prunePlace(seen, { ...policy, users: [{ ...USER, needs: () => Promise.reject(new Error('away')) }] }, { clock }),
  ).rejects.toThrow('away');
  expect(place.keys()).toEqual(before);
  expect(await prunePlace(seen, asked(2 * DAY_MS), { clock })).toMatchObject({
    forgotten: [{ name: old!.name, digest: old!.digest }],
  });
});

test('[A-233] a prune, and a push, that have stood still for so long that they may count for dead end', async () => {
  const place = new SimulatedPlace(async () => 0);
  const [lying, other] = [ALL[0]!, ALL[3]!];
  layNeeds(place, lying, 9 * DAY_MS);
  let late = 0;
  const clock = (): number => place.now + late;
  const slow = place.seenBy('prune');
  const stopped: Place = {
    ...slow,
    // After it has looked for what is there, and before it removes.
    list: (folder) => {
      if (folder === 'accounts/') late = 400_000;
      return slow.list(folder);
    },
  };
  await expect(prunePlace(stopped, { settleMs: 0 }, { clock })).rejects.toMatchObject({
    code: 'PLACE_UNUSABLE',
    message: expect.stringContaining('This prune has stood still') as string,
  });
  expect(place.keys()).toEqual(needsOf(lying).toSorted());
  const seen = place.seenBy('push');
  const pushing = layArtifact(other, seen, {
    timing: { clock },
    send: async (missing, mark) => {
      late += 2_000_000;
      for (const { key } of missing) {
        await mark.refresh();
        await seen.put(key, contentsOf(key));
      }
    },
  });
  await expect(pushing).rejects.toThrow('This push has stood still');
  expect(place.objects.has(KEYS.bill(other.name, other.digest))).toBe(false);
});

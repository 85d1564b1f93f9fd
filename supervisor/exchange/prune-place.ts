import { ContractorError } from '../../errors.ts';
import { isCheckpointName } from '../checkpoint/checkpoint.ts';
import type { Place, PlaceObject } from '../../exchange/place.ts';
import { DIGEST } from './at-place.ts';
import type { PrunePlaceOptions, PrunePlaceReport } from './exchange.ts';
import { AT_ONCE } from './lay-artifact.ts';
import { markPrune, SHORTEST_GRACE_MS } from './marks.ts';
import type { PruneMark, Timing } from './marks.ts';
import { artifactOf, NeededKeys } from './needed-keys.ts';
import { severalAtOnce } from './several-at-once.ts';
import { bornSince, needsOfUsers } from './users-of-place.ts';
import type { NeedsOfUsers } from './users-of-place.ts';

const DAY_MS = 86_400_000;

/** Nothing else is ever removed, whatever else lies there. */
const REMOVABLE =
  /^(objects\/[0-9a-f]{2}\/[0-9a-f]{62}\/[0-9]{1,6}|bundles\/[0-9a-f]{2}\/[0-9a-f]{62}|manifests\/[0-9a-f]{64}|(details|accounts)\/[0-9a-f]{64}\/[0-9a-f]{64})$/;

/**
 * Removes from a place what no artifact there needs, and before that the artifacts that are too old, where that is asked for.
 *
 *     mark ─► settle ─► who uses it ─► bills that are too old become `forgotten` ─► what bills, pushes and the forgotten need ─► the rest goes
 *
 * All that was written within the grace stays, and so does what an artifact needs that was forgotten within it: a pull that has begun
 * has that long to end. A push is seen by its mark (marks.ts). What cannot be read ends the prune before anything is removed.
 */
export async function prunePlace(
  place: Place,
  options: PrunePlaceOptions,
  timing: Timing = {},
): Promise<PrunePlaceReport> {
  const { graceMs = DAY_MS, settleMs = place.settleMs, dryRun = false, signal } = options;
  if (!(graceMs >= SHORTEST_GRACE_MS)) {
    throw new ContractorError(
      'USAGE',
      'A grace below an hour does not save what others are fetching.',
      'Give an hour or more.',
    );
  }
  const asking = signal === undefined ? {} : { signal };
  const needed = new NeededKeys(place, asking);
  const need = async (found: readonly PlaceObject[], mayBeGone: boolean): Promise<void> =>
    await severalAtOnce(found, { most: AT_ONCE, signal }, async ({ key }) => await needed.add(key, { mayBeGone }));
  // All that takes long is read before, as pushes wait as long as the mark is there.
  if (!dryRun) await need(await ofArtifacts('artifacts/'), true);
  const mark = dryRun ? undefined : await markPrune(place, { settleMs, signal, ...timing });
  try {
    const now = mark?.writtenAt ?? Date.now();
    const isOld = ({ modifiedAt }: PlaceObject): boolean => modifiedAt < now - graceMs;
    const users = await needsOfUsers(place, options, { now, graceMs });
    // In this order: a push removes its mark after it has written the bill.
    const pushes = await ofArtifacts('pushes/');
    const bills = await ofArtifacts('artifacts/');
    const before = await ofArtifacts('forgotten/');
    const expired = [...pushes, ...before].filter(isOld);
    const forgotten = tooOld(bills, options, { now, isOld, pushes, users });
    const isLive = (each: PlaceObject): boolean => !expired.includes(each);
    await need(pushes.filter(isLive), true);
    await need([...bills, ...before.filter(isLive)], false);
    const garbage: PlaceObject[] = [];
    for (const folder of ['objects/', 'bundles/', 'manifests/', 'details/', 'accounts/']) {
      for await (const each of place.list(folder, asking)) {
        if (REMOVABLE.test(each.key) && !needed.has(each.key) && isOld(each)) garbage.push(each);
      }
    }
    if (mark) {
      for (const { key } of forgotten) await forget(key, mark);
      // Before what they named: a push that finds its mark has lost nothing.
      for (const { key } of expired) await remove(key, mark);
      await severalAtOnce(garbage, { most: AT_ONCE, signal }, async ({ key }) => await remove(key, mark));
    }
    return {
      artifacts: bills.length - forgotten.length,
      forgotten: forgotten.map(({ key }) => artifactOf(key)),
      removed: garbage.length,
      removedBytes: garbage.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    };
  } finally {
    await mark?.remove();
  }

  async function ofArtifacts(folder: string): Promise<PlaceObject[]> {
    const found: PlaceObject[] = [];
    for await (const each of place.list(folder, asking)) if (DIGEST.test(artifactOf(each.key).digest)) found.push(each);
    return found;
  }

  async function remove(key: string, by: PruneMark): Promise<void> {
    const { longestMs } = await by.refresh();
    const limit = AbortSignal.timeout(longestMs);
    await place.remove(key, { signal: signal === undefined ? limit : AbortSignal.any([limit, signal]) });
  }

  async function forget(key: string, by: PruneMark): Promise<void> {
    const bytes = await place.get(key, { maxBytes: 64 * 1024, ...asking });
    if (bytes === undefined) return;
    await place.put(`forgotten/${key.slice('artifacts/'.length)}`, bytes, asking);
    await remove(key, by);
  }
}

/**
 * The bills that go: older than `keepForMs` and the grace, not among the newest of their name, or checkpoints older than the grace; of no push that is at work, and needed by
 * nobody who uses the place.
 */
function tooOld(
  bills: readonly PlaceObject[],
  { keepForMs, keepVersions = 3 }: PrunePlaceOptions,
  {
    now,
    isOld,
    pushes,
    users,
  }: {
    readonly now: number;
    readonly isOld: (each: PlaceObject) => boolean;
    readonly pushes: readonly PlaceObject[];
    readonly users: NeedsOfUsers;
  },
): PlaceObject[] {
  if (keepForMs === undefined) return [];
  const idOf = ({ key }: PlaceObject): string => Object.values(artifactOf(key)).join('/');
  const isPushed = new Set(pushes.map(idOf));
  // Of a run that has ended, a checkpoint is nobody's any more.
  const isCheckpoint = ({ key }: PlaceObject): boolean => isCheckpointName(artifactOf(key).name);
  return [...Map.groupBy(bills, ({ key }) => artifactOf(key).name).values()].flatMap((ofName) =>
    ofName
      .toSorted((one, other) => other.modifiedAt - one.modifiedAt)
      .filter((each, index) => isCheckpoint(each) || (index >= keepVersions && each.modifiedAt < now - keepForMs))
      .filter(isOld)
      .filter((each) => !isPushed.has(idOf(each)) && !users.artifacts.has(idOf(each)) && !bornSince(each, users)),
  );
}

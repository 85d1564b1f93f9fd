import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../../errors.ts';
import type { Place, PlaceObject } from '../../exchange/place.ts';
import { checkedManifest } from '../../store/trees/checked-manifest.ts';
import { parcelsOf } from '../../store/trees/parcels.ts';
import { DIGEST, damaged, getHashed, KEYS, readBill } from './at-place.ts';
import type { PrunePlaceOptions, PrunePlaceReport } from './exchange.ts';
import { REFRESH_MS, STALE_MS } from './marks.ts';
import { AT_ONCE } from './push-artifact.ts';
import { severalAtOnce } from './several-at-once.ts';

const HOUR_MS = 3_600_000;

/** Nothing else is ever removed, whatever else lies there. */
const REMOVABLE =
  /^(objects\/[0-9a-f]{2}\/[0-9a-f]{62}\/[0-9]{1,6}|bundles\/[0-9a-f]{2}\/[0-9a-f]{62}|manifests\/[0-9a-f]{64}|(details|accounts)\/[0-9a-f]{64}\/[0-9a-f]{64})$/;

/**
 * Removes from a place what no artifact there needs, and before that the artifacts that are too old, where that is asked for.
 *
 *     mark ─► settle ─► bills that are too old become `forgotten` ─► what bills, pushes and the forgotten need ─► the rest goes
 *
 * All that was written within the grace stays, and so does what an artifact needs that was forgotten within it: a pull that has begun
 * has that long to end. A push is seen by its mark (marks.ts). What cannot be read ends the prune before anything is removed.
 */
export async function prunePlace(place: Place, options: PrunePlaceOptions): Promise<PrunePlaceReport> {
  const { graceMs = 24 * HOUR_MS, settleMs = 120_000, dryRun = false, signal } = options;
  if (!(graceMs >= HOUR_MS)) {
    throw new ContractorError(
      'USAGE',
      'A grace below an hour does not save what others are fetching.',
      'Give an hour or more.',
    );
  }
  const asking = signal === undefined ? {} : { signal };
  const mark = `pruning/${randomUUID()}`;
  let markedAt = -Infinity;
  const writeMark = async (): Promise<void> => {
    await place.put(mark, Buffer.alloc(0), asking);
    markedAt = performance.now();
  };
  const remove = async (key: string): Promise<void> => {
    if (performance.now() - markedAt > REFRESH_MS) await writeMark();
    const limit = AbortSignal.timeout(STALE_MS / 2);
    await place.remove(key, { signal: signal === undefined ? limit : AbortSignal.any([limit, signal]) });
  };
  try {
    if (!dryRun) {
      await writeMark();
      await wait(settleMs, undefined, asking);
    }
    const now = dryRun ? Date.now() : ((await place.look(mark, asking))?.modifiedAt ?? -Infinity);
    const isOld = ({ modifiedAt }: PlaceObject): boolean => modifiedAt < now - graceMs;
    // In this order: a push removes its mark after it has written the bill.
    const pushes = await all('pushes/');
    const bills = await all('artifacts/');
    const expired = [...pushes, ...(await all('forgotten/'))].filter(isOld);
    const isPushed = new Set(pushes.map(({ key }) => key.slice('pushes/'.length)));
    const forgotten = tooOld(bills, options, now).filter(({ key }) => !isPushed.has(key.slice('artifacts/'.length)));

    const needed = new Set<string>();
    for (const { key } of [...pushes, ...bills, ...(await all('forgotten/'))]) {
      if (!expired.some((each) => each.key === key)) for (const each of await needs(key)) needed.add(each);
    }
    const garbage: PlaceObject[] = [];
    for (const folder of ['objects/', 'bundles/', 'manifests/', 'details/', 'accounts/']) {
      for (const each of await all(folder)) {
        if (REMOVABLE.test(each.key) && !needed.has(each.key) && isOld(each)) garbage.push(each);
      }
    }
    if (!dryRun) {
      for (const { key } of forgotten) await forget(key);
      // Before what they named: a push that finds its mark has lost nothing.
      for (const { key } of expired) await remove(key);
      await severalAtOnce(garbage, { most: AT_ONCE, signal }, ({ key }) => remove(key));
    }
    return {
      artifacts: bills.length - forgotten.length,
      forgotten: forgotten.map(({ key }) => {
        const { name, digest } = named(key);
        return { name, digest };
      }),
      removed: garbage.length,
      removedBytes: garbage.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    };
  } finally {
    if (!dryRun) await place.remove(mark).catch(() => undefined); // Else it is stale soon.
  }

  async function all(folder: string): Promise<PlaceObject[]> {
    const found: PlaceObject[] = [];
    for await (const each of place.list(folder, asking)) {
      if (folder.match(/^(pushes|artifacts|forgotten)/) === null || DIGEST.test(named(each.key).digest))
        found.push(each);
    }
    return found;
  }

  /** What the artifact needs that a bill, or what is written like one, is of. */
  async function needs(key: string): Promise<string[]> {
    const bytes = await place.get(key, { maxBytes: 64 * 1024, ...asking });
    // A push that has just ended; its bill was listed after its mark.
    if (bytes === undefined && key.startsWith('pushes/')) return [];
    if (bytes === undefined) throw damaged(`\`${key}\` has gone from ${place.shown} meanwhile.`);
    const { name, digest } = named(key);
    const bill = readBill(bytes, { name, digest });
    const manifest = await getHashed(place, { key: KEYS.manifest(digest), hash: digest, signal });
    return [
      KEYS.manifest(digest),
      KEYS.details(digest, bill.details),
      ...(bill.account === undefined ? [] : [KEYS.account(digest, bill.account)]),
      ...parcelsOf(checkedManifest(manifest.toString('latin1'), digest)).map((parcel) => parcel.key),
    ];
  }

  async function forget(key: string): Promise<void> {
    const bytes = await place.get(key, { maxBytes: 64 * 1024, ...asking });
    if (bytes === undefined) return;
    await place.put(`forgotten/${key.slice('artifacts/'.length)}`, bytes, asking);
    await remove(key);
  }
}

function named(key: string): { readonly name: string; readonly digest: string } {
  const [, name = '', digest = ''] = key.split('/');
  return { name, digest };
}

function tooOld(
  bills: readonly PlaceObject[],
  { keepForMs, keepVersions = 3 }: PrunePlaceOptions,
  now: number,
): PlaceObject[] {
  if (keepForMs === undefined) return [];
  return [...Map.groupBy(bills, ({ key }) => named(key).name).values()].flatMap((ofName) =>
    ofName
      .toSorted((one, other) => other.modifiedAt - one.modifiedAt)
      .slice(keepVersions)
      .filter(({ modifiedAt }) => modifiedAt < now - keepForMs),
  );
}

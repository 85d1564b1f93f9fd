import type { Place } from '../../exchange/place.ts';
import { KEYS, sha256 } from './at-place.ts';
import type { Bill } from './at-place.ts';
import { markPush } from './marks.ts';
import type { PushMark, Timing } from './marks.ts';
import { severalAtOnce } from './several-at-once.ts';

/** How many requests are on their way at once. */
export const AT_ONCE = 16;

/** A piece of an artifact's contents, as it lies at a place. */
export interface Parcel {
  readonly key: string;
  readonly sizeBytes: number;
}

/** What a place is to have of an artifact, but for the bytes of its parcels. */
export interface ArtifactToLay {
  readonly name: string;
  readonly digest: string;
  readonly manifest: Buffer;
  readonly details: Buffer;
  /** Absent of an imported artifact. */
  readonly account: Buffer | undefined;
  readonly parcels: readonly Parcel[];
}

/**
 * Lays an artifact at a place: what that has not yet, and then, last, the bill.
 *
 *     manifest, mark ─► what is missing ─► parcels ─► details, account ─► bill ─► mark away
 *
 * What it relies on cannot be pruned meanwhile: see marks.ts. Killed at any point it leaves no artifact, but what the next push finds.
 * Returns what was missing.
 */
export async function layArtifact(
  { name, digest, manifest, details, account, parcels }: ArtifactToLay,
  place: Place,
  {
    send,
    anew = false,
    signal,
    timing = {},
  }: {
    readonly send: (missing: readonly Parcel[], mark: PushMark) => Promise<void>;
    readonly anew?: boolean;
    readonly signal?: AbortSignal | undefined;
    readonly timing?: Timing;
  },
): Promise<readonly Parcel[]> {
  const options = signal === undefined ? {} : { signal };
  const bill: Bill = {
    format: 'contractor artifact 1',
    name,
    digest,
    details: sha256(details),
    ...(account === undefined ? {} : { account: sha256(account) }),
  };
  // Before the mark, which a prune reads together with it; and after it, as a prune may have taken it in between.
  await place.put(KEYS.manifest(digest), manifest, options);
  const mark = await markPush(place, bill, { signal, ...timing });
  await place.put(KEYS.manifest(digest), manifest, options);
  const missing = anew ? parcels : await missingAt(place, { parcels, mark, signal });
  await send(missing, mark);
  await place.put(KEYS.details(digest, bill.details), details, options);
  if (account && bill.account) await place.put(KEYS.account(digest, bill.account), account, options);
  await mark.assertThere();
  await place.put(KEYS.bill(name, digest), Buffer.from(JSON.stringify(bill)), options);
  try {
    await mark.assertThere();
  } catch (error) {
    await place.remove(KEYS.bill(name, digest)); // What it names may be gone.
    throw error;
  }
  await mark.remove();
  return missing;
}

async function missingAt(
  place: Place,
  {
    parcels,
    mark,
    signal,
  }: { readonly parcels: readonly Parcel[]; readonly mark: PushMark; readonly signal: AbortSignal | undefined },
): Promise<readonly Parcel[]> {
  const missing: Parcel[] = [];
  await severalAtOnce(parcels, { most: AT_ONCE, signal }, async (parcel) => {
    await mark.refresh();
    const there = await place.look(parcel.key, signal === undefined ? {} : { signal });
    if (there?.sizeBytes !== parcel.sizeBytes) missing.push(parcel);
  });
  return missing;
}

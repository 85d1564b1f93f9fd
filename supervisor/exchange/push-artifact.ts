import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractorError } from '../../errors.ts';
import type { Place } from '../../exchange/place.ts';
import { hostId } from '../../sandbox/id-map.ts';
import type { ArtifactRecord } from '../../store/records/artifacts.ts';
import { parcelFile } from '../../store/trees/parcels.ts';
import type { ShelfWorld } from '../shelf-world.ts';
import { runTreeJob } from '../tree-worker.ts';
import type { TreeWorkerPlace } from '../tree-worker.ts';
import { accountOf } from './account.ts';
import { KEYS, MAX_RECORD_BYTES, sha256 } from './at-place.ts';
import type { Bill } from './at-place.ts';
import type { PushOptions, PushReport } from './exchange.ts';
import { markPush } from './marks.ts';
import type { PushMark } from './marks.ts';
import { severalAtOnce } from './several-at-once.ts';

/** How many requests are on their way at once. */
export const AT_ONCE = 16;

/** So much is packed on the disk of the store at once, beside as much that is being sent. */
const BATCH_BYTES = 64 * 1024 ** 2;

type Parcel = { readonly key: string; readonly sizeBytes: number };

/**
 * Sends an artifact to a place: what that has not yet, and then, last, the bill.
 *
 *     manifest, mark ─► what is missing ─► parcels ─► details, account ─► bill
 *
 * Killed at any point it leaves parcels, which the next push finds there, and no artifact. The tree worker packs, and
 * hashes what it packs; this process only passes files on.
 */
export async function pushArtifact(
  { name, version, digest }: ArtifactRecord,
  place: Place,
  world: ShelfWorld & { readonly options: PushOptions },
): Promise<PushReport> {
  const { options, store } = world;
  const { signal, anew = false } = options;
  const idMap = world.idMap();
  const trees: TreeWorkerPlace = { trees: store.paths.trees, idMap };
  const to = `attempts/push-${randomUUID()}`;
  const scratch = join(store.paths.trees, to);
  const tree = { tree: `artifacts/${name}/${digest}/tree`, digest, to };
  mkdirSync(scratch);
  if (idMap.how === 'direct') chownSync(scratch, hostId(idMap.uid, 0), hostId(idMap.gid, 0));
  try {
    const { parcels, sizeBytes } = await runTreeJob({ type: 'parcels', ...tree }, trees, given({ signal }));
    const [manifest, details] = await Promise.all(['manifest', 'details'].map((file) => readFile(join(scratch, file))));
    if (manifest === undefined || details === undefined) throw new Error('the worker has written both');
    if (Math.max(manifest.length, details.length) > MAX_RECORD_BYTES) throw tooMany(name);
    const account = accountOf(store, { name, version });
    const told = account && Buffer.from(JSON.stringify(account));
    const bill: Bill = {
      format: 'contractor artifact 1',
      name,
      digest,
      details: sha256(details),
      ...(told === undefined ? {} : { account: sha256(told) }),
    };
    await place.put(KEYS.manifest(digest), manifest, given({ signal }));
    // From here on no prune removes what is there of this artifact.
    const mark = await markPush(place, bill, { signal });
    const missing = anew ? parcels : await missingAt(place, parcels, signal);
    const sentBytes = missing.reduce((sum, each) => sum + each.sizeBytes, 0);
    await sendParcels(missing, { place, tree, trees, mark, totalBytes: sentBytes, options });
    await place.put(KEYS.details(digest, sha256(details)), details, given({ signal }));
    if (told) await place.put(KEYS.account(digest, sha256(told)), told, given({ signal }));
    await mark.assertThere();
    await place.put(KEYS.bill(name, digest), Buffer.from(JSON.stringify(bill)), given({ signal }));
    await mark.remove();
    return { name, version, digest, sizeBytes, sent: missing.length, sentBytes };
  } finally {
    await rm(scratch, { recursive: true }); // Files of this user's: the worker, root of the map, has made them as that.
  }
}

async function missingAt(
  place: Place,
  parcels: readonly Parcel[],
  signal: AbortSignal | undefined,
): Promise<readonly Parcel[]> {
  const missing: Parcel[] = [];
  await severalAtOnce(parcels, { most: AT_ONCE, signal }, async (parcel) => {
    const there = await place.look(parcel.key, given({ signal }));
    if (there?.sizeBytes !== parcel.sizeBytes) missing.push(parcel);
  });
  return missing;
}

/** Packs a batch while the one before is sent. */
async function sendParcels(
  parcels: readonly Parcel[],
  work: {
    readonly place: Place;
    readonly tree: { readonly tree: string; readonly digest: string; readonly to: string };
    readonly trees: TreeWorkerPlace;
    readonly mark: PushMark;
    readonly totalBytes: number;
    readonly options: PushOptions;
  },
): Promise<void> {
  const { place, tree, trees, mark, totalBytes, options } = work;
  const { signal, onProgress } = options;
  let doneBytes = 0;
  const send = async (batch: readonly Parcel[]): Promise<void> => {
    await severalAtOnce(batch, { most: AT_ONCE, signal }, async ({ key, sizeBytes }) => {
      const file = join(trees.trees, tree.to, parcelFile(key));
      await place.put(key, await readFile(file), given({ signal }));
      await rm(file);
      await mark.refresh();
      doneBytes += sizeBytes;
      onProgress?.({ label: 'sending', doneBytes, totalBytes });
    });
  };
  let sending = Promise.resolve();
  for (const batch of batchesOf(parcels)) {
    try {
      await runTreeJob({ type: 'pack', ...tree, keys: batch.map(({ key }) => key) }, trees, given({ signal }));
    } finally {
      await sending;
    }
    sending = send(batch);
    sending.catch(() => undefined); // Thrown above, once what is packed meanwhile is packed.
  }
  await sending;
}

function batchesOf(parcels: readonly Parcel[]): Parcel[][] {
  const batches: Parcel[][] = [];
  let bytes = Infinity;
  for (const parcel of parcels) {
    if (bytes + parcel.sizeBytes > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(parcel);
    bytes += parcel.sizeBytes;
  }
  return batches;
}

/** Without what is undefined. */
export function given({ signal }: { readonly signal: AbortSignal | undefined }): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function tooMany(name: string): ContractorError {
  return new ContractorError(
    'USAGE',
    `\`${name}\` has so many files that its manifest is longer than ${MAX_RECORD_BYTES} bytes.`,
    'Make several artifacts of it.',
  );
}

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
import { MAX_RECORD_BYTES } from './at-place.ts';
import type { PushOptions, PushReport } from './exchange.ts';
import { AT_ONCE, layArtifact } from './lay-artifact.ts';
import type { Parcel } from './lay-artifact.ts';
import type { PushMark } from './marks.ts';
import { severalAtOnce } from './several-at-once.ts';

/** So much is packed on the disk of the store at once, beside as much that is being sent. */
const BATCH_BYTES = 64 * 1024 ** 2;

/**
 * Sends an artifact to a place: what that has not yet, and then, last, the bill. The tree worker packs, and hashes what it packs; this
 * process only passes files on.
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
    const missing = await layArtifact({ name, digest, manifest, details, account: told, parcels }, place, {
      anew,
      signal,
      send: async (lacking, mark) => await sendParcels(lacking, { place, tree, trees, mark, options }),
    });
    const sentBytes = bytesOf(missing);
    return { name, version, digest, sizeBytes, sent: missing.length, sentBytes };
  } finally {
    await rm(scratch, { recursive: true }); // Files of this user's: the worker, root of the map, has made them as that.
  }
}

/** Packs a batch while the one before is sent. */
async function sendParcels(
  parcels: readonly Parcel[],
  work: {
    readonly place: Place;
    readonly tree: { readonly tree: string; readonly digest: string; readonly to: string };
    readonly trees: TreeWorkerPlace;
    readonly mark: PushMark;
    readonly options: PushOptions;
  },
): Promise<void> {
  const { place, tree, trees, mark, options } = work;
  const totalBytes = bytesOf(parcels);
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

function bytesOf(parcels: readonly Parcel[]): number {
  return parcels.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
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

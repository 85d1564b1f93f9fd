import { chownSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../../errors.ts';
import type { Place } from '../../exchange/place.ts';
import { hostId } from '../../sandbox/id-map.ts';
import { OVERLAY_PLACE } from '../../sandbox/run-in-id-map.ts';
import { lockExclusively } from '../../store/exclusive-lock.ts';
import type { ExclusiveLock } from '../../store/exclusive-lock.ts';
import type { LackingResult } from '../../store/trees/arrange-tree.ts';
import { parcelFile } from '../../store/trees/parcels.ts';
import type { PublishResult } from '../../store/trees/publish.ts';
import { Flusher } from '../flusher.ts';
import { recoverTrees } from '../recover-store.ts';
import type { ShelfWorld } from '../shelf-world.ts';
import { runTreeJob } from '../tree-worker.ts';
import type { TreeWorkerPlace } from '../tree-worker.ts';
import { checkedAccount, recordAccount } from './account.ts';
import type { Account } from './account.ts';
import { damaged, getHashed, KEYS, readBill, sha256 } from './at-place.ts';
import type { PullReport, RemoteReference, TransferOptions } from './exchange.ts';
import { AT_ONCE } from './lay-artifact.ts';
import { given } from './push-artifact.ts';
import { remoteDigest } from './remote-digest.ts';
import { severalAtOnce } from './several-at-once.ts';

type Artifact = { readonly name: string; readonly digest: string };

const LOCK_LOOK_MS = 100;
const MAX_BILL_BYTES = 64 * 1024;

/**
 * Fetches an artifact from a place: what the store has no contents of, and nothing at all of a tree that it has.
 *
 *     bill, manifest, details, account ─► what is lacking ─► parcels ─► arranged as a layer ─► published ─► recorded
 *
 * Whatever arrives is compared with a length and a hash that were known before, and the tree, when it is made, once more with the
 * digest. It is then published as the tree of a build is. Killed at any point, it leaves what has arrived and was found right in
 * `attempts/pull-…`, where the next pull of that artifact finds it; `gc` removes it a day later.
 */
export async function pullArtifact(
  reference: RemoteReference,
  place: Place,
  world: ShelfWorld & { readonly options: TransferOptions },
): Promise<PullReport> {
  const { signal } = world.options;
  const artifact = { name: reference.name, digest: await remoteDigest(place, reference, { signal }) };
  const known = knownVersion(artifact, world);
  if (known !== undefined) return known;
  const lock = await lockOf(artifact, world);
  try {
    // Who had the lock may have fetched it.
    return knownVersion(artifact, world) ?? (await fetchArtifact(artifact, place, world));
  } finally {
    lock.close();
  }
}

async function fetchArtifact(
  artifact: Artifact,
  place: Place,
  world: ShelfWorld & { readonly options: TransferOptions },
): Promise<PullReport> {
  const { store, options } = world;
  const { signal } = options;
  const { name, digest } = artifact;
  const idMap = world.idMap();
  const trees: TreeWorkerPlace = { trees: store.paths.trees, idMap };
  await recoverTrees(store, () => idMap);
  const from = `attempts/pull-${name}-${digest}`;
  const scratch = join(trees.trees, from);
  mkdirSync(scratch, { recursive: true });
  if (idMap.how === 'direct') chownSync(scratch, hostId(idMap.uid, 0), hostId(idMap.gid, 0));

  const account = await fetchRecords(artifact, { place, scratch, signal });
  const lacking = await runTreeJob({ type: 'lacking-parcels', from, digest }, trees, given({ signal }));
  const fetched = await fetchParcels(lacking, { place, scratch, options });

  const id = world.newId();
  try {
    await runTreeJob({ type: 'arrange', from, digest, to: `layers/.new-${id}` }, trees, given({ signal }));
    renameSync(join(trees.trees, `layers/.new-${id}`), join(trees.trees, `layers/${id}`));
    const { version, isNew } = await publishLayer(id, artifact, { trees, account, world });
    await new Flusher({ store, now: world.hostNow }).flush();
    await store.flushRecords();
    await rm(scratch, { recursive: true });
    return { name, version, digest, isNew, sizeBytes: lacking.sizeBytes, ...fetched };
  } finally {
    for (const leftover of [`layers/${id}`, `layers/.new-${id}`]) {
      if (existsSync(join(trees.trees, leftover))) await runTreeJob({ type: 'remove', path: leftover }, trees);
    }
  }
}

/** Fetches what is said of the artifact, into files for the worker. Gives the account, which is not for the worker. */
async function fetchRecords(
  artifact: Artifact,
  {
    place,
    scratch,
    signal,
  }: { readonly place: Place; readonly scratch: string; readonly signal: AbortSignal | undefined },
): Promise<Account | undefined> {
  const { name, digest } = artifact;
  const bytes = await place.get(KEYS.bill(name, digest), { maxBytes: MAX_BILL_BYTES, ...given({ signal }) });
  if (bytes === undefined) throw notThere(artifact, place);
  const bill = readBill(bytes, artifact);
  const [manifest, details, account] = await Promise.all([
    getHashed(place, { key: KEYS.manifest(digest), hash: digest, signal }),
    getHashed(place, { key: KEYS.details(digest, bill.details), hash: bill.details, signal }),
    bill.account === undefined
      ? undefined
      : getHashed(place, { key: KEYS.account(digest, bill.account), hash: bill.account, signal }),
  ]);
  await writeBeside(join(scratch, 'manifest'), manifest);
  await writeBeside(join(scratch, 'details'), details);
  return account === undefined ? undefined : checkedAccount(account.toString(), digest);
}

async function fetchParcels(
  { parcels }: LackingResult,
  work: { readonly place: Place; readonly scratch: string; readonly options: TransferOptions },
): Promise<{ readonly fetched: number; readonly fetchedBytes: number }> {
  const { place, scratch, options } = work;
  const { signal, onProgress } = options;
  const fileOf = (key: string): string => join(scratch, parcelFile(key));
  // What an earlier pull has left there was compared before it got its name, and is once more as it is arranged.
  const missing = parcels.filter(
    ({ key, sizeBytes }) => statSync(fileOf(key), { throwIfNoEntry: false })?.size !== sizeBytes,
  );
  const totalBytes = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  await severalAtOnce(missing, { most: AT_ONCE, signal }, async (parcel) => {
    const { key, sizeBytes } = parcel;
    const bytes = await place.get(key, { maxBytes: sizeBytes, ...given({ signal }) });
    if (bytes === undefined) throw damaged(`\`${key}\` is gone from ${place.shown}.`);
    assertRight(bytes, parcel, place);
    await writeBeside(fileOf(key), bytes);
    doneBytes += sizeBytes;
    onProgress?.({ label: 'fetching', doneBytes, totalBytes });
  });
  return { fetched: missing.length, fetchedBytes: totalBytes };
}

function assertRight(
  bytes: Buffer,
  { key, sizeBytes, contents }: LackingResult['parcels'][number],
  place: Place,
): void {
  if (bytes.length !== sizeBytes) {
    throw damaged(
      `\`${key}\` of ${place.shown} is truncated: it has ${bytes.length} bytes, and should have ${sizeBytes}.`,
    );
  }
  let at = 0;
  for (const each of contents ?? []) {
    if (sha256(bytes.subarray(at, at + each.sizeBytes)) !== each.hash) {
      throw damaged(`\`${key}\` of ${place.shown} is wrong: in it are not the contents of the hash ${each.hash}.`);
    }
    at += each.sizeBytes;
  }
}

async function publishLayer(
  id: string,
  { name, digest }: Artifact,
  {
    trees,
    account,
    world,
  }: { readonly trees: TreeWorkerPlace; readonly account: Account | undefined; readonly world: ShelfWorld },
): Promise<{ readonly version: number; readonly isNew: boolean }> {
  for (;;) {
    const published = await runTreeJob(
      { type: 'publish', merged: OVERLAY_PLACE, layers: [`layers/${id}`], name, expect: digest },
      trees,
      { overlays: [{ target: OVERLAY_PLACE, lower: [id] }] },
    );
    if (published.type === 'refused') {
      throw new ContractorError(
        'STORE_DAMAGED',
        `A file that this store has already is not as its hash says, so \`${name}\` cannot be made. ${published.message}`,
        'Find it with `contractor doctor --store --mend`, then pull again.',
      );
    }
    const recorded = recordPulled({ name, published, account }, world);
    if (recorded !== undefined) return recorded;
  }
}

/** Undefined: the same tree was in the store, and was just removed as old. */
function recordPulled(
  {
    name,
    published: { digest, entries, files, sizeBytes, system },
    account,
  }: {
    readonly name: string;
    readonly published: Extract<PublishResult, { type: 'published' }>;
    readonly account: Account | undefined;
  },
  { store, bootId, now }: ShelfWorld,
): { readonly version: number; readonly isNew: boolean } | undefined {
  return store.transaction(() => {
    if (!existsSync(join(store.paths.trees, 'artifacts', name, digest, 'tree'))) return undefined;
    const made = { createdAt: now(), madeBy: null, bootId };
    const packages = system === undefined ? {} : { packages: system.packages };
    const recorded = store.recordArtifactVersion({ name, digest, entries, files, sizeBytes, ...made, ...packages });
    if (account !== undefined) recordAccount(store, { name, version: recorded.version }, account);
    return recorded;
  });
}

/** The newest version in this store that is that tree. */
function knownVersion({ name, digest }: Artifact, { store }: ShelfWorld): PullReport | undefined {
  const found = store.listArtifacts().find((each) => each.name === name && each.digest === digest);
  if (found === undefined || !existsSync(join(store.paths.trees, 'artifacts', name, digest, 'tree'))) return undefined;
  const { version, sizeBytes } = found;
  return { name, version, digest, isNew: false, sizeBytes, fetched: 0, fetchedBytes: 0 };
}

/** So that what two pulls of an artifact would fetch is fetched once. The lock files stay: there are at most 256 of them. */
async function lockOf(
  { digest }: Artifact,
  { store, options: { signal } }: ShelfWorld & { readonly options: TransferOptions },
): Promise<ExclusiveLock> {
  for (;;) {
    const lock = lockExclusively(join(store.paths.runs, `pulling-${digest.slice(0, 2)}`));
    if (lock !== undefined) return lock;
    await wait(LOCK_LOOK_MS, undefined, given({ signal }));
  }
}

async function writeBeside(path: string, bytes: Buffer): Promise<void> {
  await writeFile(`${path}.new`, bytes, { mode: 0o644 });
  await rename(`${path}.new`, path);
}

function notThere({ name, digest }: Artifact, place: Place): ContractorError {
  return new ContractorError(
    'ARTIFACT_UNKNOWN',
    `There is no artifact \`${name}@${digest.slice(0, 12)}\` at ${place.shown}.`,
    'Push it from a store that has it: `contractor artifact push`.',
  );
}

import { automaticPolicy, LAST_GC } from './automatic-policy.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { GcPolicy } from './gc-policy.ts';
import type { GcOptions, GcReport } from './gc-report.ts';
import type { GcWorld } from './gc-world.ts';
import { measureNew } from './measure-store.ts';

/** Without a limit to pass, garbage is looked for this often. */
const INTERVAL_MS = 24 * 60 * 60 * 1000;

/** A store that cannot be made smaller is not looked at again before it has grown by this part. */
const GROWTH = 0.05;

/** What is kept of the last time that garbage was removed. */
interface LastGc {
  /** By the host's clock. */
  readonly at: number;
  /** What the trees took then, where that was measured, and the sum of all recorded sizes at that moment. */
  readonly measured?: { readonly sizeBytes: number; readonly sum: number };
}

/** Removes garbage, and notes when, and what the store took then. */
export async function collectAndNote(policy: GcPolicy, options: GcOptions, world: GcWorld): Promise<GcReport> {
  const report = await collectGarbage(policy, options, world);
  if (report.isDryRun) return report;
  const { store } = world;
  const { sizeBytes } = report;
  const measured = sizeBytes === undefined ? {} : { measured: { sizeBytes, sum: store.sumOfSizes() } };
  store.setMeta(LAST_GC, { at: world.hostNow(), ...measured } satisfies LastGc);
  return report;
}

/** Removes garbage after a build when the store's policy asks for it: once a day, and whenever its limit of size is passed. */
export async function collectIfDue(world: GcWorld): Promise<GcReport | undefined> {
  const { store, hostNow } = world;
  const policy = automaticPolicy(store);
  if (policy === undefined) return undefined;
  const last = (store.getMeta(LAST_GC) as LastGc | null | undefined) ?? undefined;
  const isTime = hostNow() - (last?.at ?? 0) >= INTERVAL_MS;
  if (!isTime && !(await isLimitPassed(policy, last, world))) return undefined;
  return await collectAndNote(policy, {}, world);
}

/**
 * Whether the store has outgrown its limit, by sums of records: only what this build has made is measured. What trees share
 * is counted for each, so at the worst it is looked at too early.
 */
async function isLimitPassed({ maxSizeBytes }: GcPolicy, last: LastGc | undefined, world: GcWorld): Promise<boolean> {
  if (maxSizeBytes === undefined) return false;
  await measureNew(world);
  const sum = world.store.sumOfSizes();
  const measured = last?.measured ?? { sizeBytes: 0, sum: 0 };
  const estimate = measured.sizeBytes + Math.max(0, sum - measured.sum);
  return estimate > Math.max(maxSizeBytes, measured.sizeBytes * (1 + GROWTH));
}

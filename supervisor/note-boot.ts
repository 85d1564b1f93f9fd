import type { Store } from '../store/open-store.ts';

/** What is left to be done about the trees after a change of the boot, kept in the store until it is done. */
export interface Suspicion {
  readonly flushedAt: number;
  readonly seenAt: number;
}

/**
 * Takes note of a boot that the store has not seen: what an earlier one recorded
 * and did not flush is forgotten at once, before anybody reads it. What that means
 * for the trees is noted, for `recoverTrees`.
 */
export function noteBoot(
  store: Store,
  {
    bootId,
    now,
  }: { readonly bootId: string; /** By the host's clock: files are compared with it. */ readonly now: number },
): void {
  if (store.getMeta('boot') === bootId) return;
  store.transaction(() => {
    const before = store.getMeta('boot');
    if (before === bootId) return;
    store.setMeta('boot', bootId);
    if (before === undefined) return; // A new store.
    const earlier = store.getMeta('suspicion') as Suspicion | null | undefined;
    store.forgetUndurable(bootId, now);
    store.leavePositionsOut();
    const flushedAt = Math.min(earlier?.flushedAt ?? Infinity, store.flushedAt());
    store.setMeta('suspicion', { flushedAt, seenAt: now } satisfies Suspicion);
  });
}

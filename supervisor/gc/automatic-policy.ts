import type { Store } from '../../store/open-store.ts';
import type { GcPolicy } from './gc-policy.ts';

const POLICY = 'automaticGc';

/** Where it is noted when garbage was removed last. */
export const LAST_GC = 'lastGc';

/** The policy that is followed after each build, if there is one. */
export function automaticPolicy(store: Store): GcPolicy | undefined {
  return (store.getMeta(POLICY) as GcPolicy | null | undefined) ?? undefined;
}

export function setAutomaticPolicy(store: Store, policy: GcPolicy | undefined): void {
  // What was measured says nothing of another limit: the next build looks.
  store.transaction(() => {
    store.setMeta(POLICY, policy ?? null);
    store.setMeta(LAST_GC, null);
  });
}

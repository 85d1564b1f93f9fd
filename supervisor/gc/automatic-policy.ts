import type { Store } from '../../store/open-store.ts';
import type { GcPolicy } from './gc-policy.ts';

const POLICY = 'automaticGc';

/** The policy that is followed after each build, if there is one. */
export function automaticPolicy(store: Store): GcPolicy | undefined {
  return (store.getMeta(POLICY) as GcPolicy | null | undefined) ?? undefined;
}

export function setAutomaticPolicy(store: Store, policy: GcPolicy | undefined): void {
  store.setMeta(POLICY, policy ?? null);
}

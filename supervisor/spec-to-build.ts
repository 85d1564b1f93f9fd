import type { ActionSet } from '../actions/action-set.ts';
import type { BuildSpec } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import { knownSpec, readerDigest } from './known-spec.ts';
import { lockPath, readLock } from './package-lock.ts';
import { specElsewhere } from './spec-elsewhere.ts';
import { fileOf } from './spec-source.ts';
import type { SpecSource } from './spec-source.ts';

/** The specification with what the lock beside its file says, when there is one. @throws SPEC_INVALID, LOCK_UNFIT */
export async function specToBuild(
  source: SpecSource,
  {
    store,
    actions,
  }: { readonly store: Pick<Store, 'artifactNames' | 'newestRunOf' | 'getRun'>; readonly actions: ActionSet },
  takesLock = true,
): Promise<BuildSpec> {
  const heldArtifacts = new Set(store.artifactNames());
  const spec =
    knownSpec(source, { store, heldArtifacts, actions, program: readerDigest(actions) }) ??
    (await specElsewhere(source, { heldArtifacts, actions }));
  const file = takesLock ? fileOf(source) : null;
  const path = file === null ? undefined : lockPath(file);
  const lock = path === undefined ? undefined : readLock(path);
  if (path === undefined || lock === undefined) return spec;
  const { lockedSpec } = await import('./apply-lock.ts');
  return lockedSpec(spec, { lock, path, actions });
}

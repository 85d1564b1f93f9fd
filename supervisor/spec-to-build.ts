import type { ActionSet } from '../actions/action-set.ts';
import type { BuildSpec } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import { knownSpec, readerDigest } from './known-spec.ts';
import { lockPath, readLock } from './package-lock.ts';
import { specElsewhere } from './spec-elsewhere.ts';
import { fileOf } from './spec-source.ts';
import type { SpecSource } from './spec-source.ts';
import { limitedSpec } from './step-limits.ts';
import type { StepLimits } from './step-limits.ts';

/**
 * The specification with what the lock beside its file says, when there is one, and with the program's limits.
 *
 * @throws SPEC_INVALID, LOCK_UNFIT, LIMIT_EXCEEDED
 */
export async function specToBuild(
  source: SpecSource,
  {
    store,
    actions,
    limits,
  }: {
    readonly store: Pick<Store, 'artifactNames' | 'newestRunOf' | 'getRun'>;
    readonly actions: ActionSet;
    readonly limits?: StepLimits | undefined;
  },
  {
    takesLock = true,
    alone = false,
  }: {
    readonly takesLock?: boolean | undefined;
    /** Some of its projects are built alone: artifacts that the others take need not be here. */
    readonly alone?: boolean;
  } = {},
): Promise<BuildSpec> {
  const heldArtifacts = new Set(store.artifactNames());
  const program = readerDigest(actions, limits);
  const known = alone ? undefined : knownSpec(source, { store, heldArtifacts, actions, program });
  const read = known ?? (await specElsewhere(source, alone ? { actions } : { heldArtifacts, actions }));
  const spec = limitedSpec(read, limits);
  const file = takesLock ? fileOf(source) : null;
  const path = file === null ? undefined : lockPath(file);
  const lock = path === undefined ? undefined : readLock(path);
  if (path === undefined || lock === undefined) return spec;
  const { lockedSpec } = await import('./apply-lock.ts');
  return lockedSpec(spec, { lock, path, actions });
}

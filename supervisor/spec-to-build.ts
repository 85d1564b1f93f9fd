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
 * The specification of which projects were built alone last: who is given one of its projects after the other reads
 * it once. It does not depend on what the store holds.
 */
export class LastAlone {
  #last: { readonly text: string; readonly spec: Promise<BuildSpec> } | undefined;

  async read(source: SpecSource, read: () => Promise<BuildSpec>): Promise<BuildSpec> {
    if (!('text' in source)) return await read();
    // What is refused names the file, which may be another next time: it is read again.
    if (this.#last?.text === source.text) return await this.#last.spec.catch(read);
    const spec = read();
    this.#last = { text: source.text, spec };
    return await spec;
  }
}

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
    alone,
  }: {
    readonly takesLock?: boolean | undefined;
    /** Some of its projects are built alone: artifacts that the others take need not be here. */
    readonly alone?: LastAlone | undefined;
  } = {},
): Promise<BuildSpec> {
  const heldArtifacts = new Set(store.artifactNames());
  const program = readerDigest(actions, limits);
  const read =
    alone === undefined
      ? (knownSpec(source, { store, heldArtifacts, actions, program }) ??
        (await specElsewhere(source, { heldArtifacts, actions })))
      : await alone.read(source, async () => await specElsewhere(source, { actions }));
  const spec = limitedSpec(read, limits);
  const file = takesLock ? fileOf(source) : null;
  const path = file === null ? undefined : lockPath(file);
  const lock = path === undefined ? undefined : readLock(path);
  if (path === undefined || lock === undefined) return spec;
  const { lockedSpec } = await import('./apply-lock.ts');
  return lockedSpec(spec, { lock, path, actions });
}

import { text } from '../../actions/parameters.ts';
import type { Step } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import { comparePackages } from '../compare-packages.ts';
import { actionNamed } from '../action-named.ts';
import { isSameTree } from '../step-key.ts';
import type { StepKeyInputs } from '../step-key.ts';
import type { ArtifactState, Cause } from './cause.ts';
import { parameterChanges } from './parameter-changes.ts';

/** Why a step with the inputs `now` is not the one that had the inputs `before`; undefined when it is the same. */
export function causeOfChange(
  step: Step,
  { before, now }: { readonly before: StepKeyInputs; readonly now: StepKeyInputs },
  store: Pick<Store, 'listVersionsWithTree'>,
): Cause | undefined {
  if (before.byHand !== undefined) return { type: 'made-by-hand' };
  if (before.action !== now.action) return { type: 'action-changed', before: before.action, now: now.action };
  const changes = parameterChanges(before.parameters, now.parameters);
  if (changes.length > 0) return { type: 'parameters-changed', changes };
  if (before.artifact !== now.artifact) return artifactChange(step, { before, now }, store);
  if (before.outside !== now.outside) {
    return { type: 'outside-changed', before: before.outside ?? '', now: now.outside ?? '' };
  }
  if (!isSameTree(before.tree, now.tree)) return { type: 'step-before' };
  return before.policy !== now.policy || before.format !== now.format ? { type: 'contractor-changed' } : undefined;
}

function artifactChange(
  step: Step,
  { before, now }: { readonly before: StepKeyInputs; readonly now: StepKeyInputs },
  store: Pick<Store, 'listVersionsWithTree'>,
): Cause {
  const { usesArtifact } = actionNamed(step.action).declaration;
  const artifact = usesArtifact === undefined ? '' : text(step, usesArtifact);
  if (now.artifact === undefined || before.artifact === undefined) return { type: 'artifact-missing', artifact };
  const [was, is] = [before.artifact, now.artifact].map((digest) => store.listVersionsWithTree(artifact, digest));
  const [old, present] = [was?.at(-1)?.packages, is?.at(-1)?.packages];
  const packages = old && present ? comparePackages(old, present) : undefined;
  return {
    type: 'artifact-changed',
    artifact,
    before: stateOf(before.artifact, before.version),
    now: stateOf(now.artifact, now.version),
    ...(packages === undefined ? {} : { packages }),
  };
}

function stateOf(digest: string, version: number | undefined): ArtifactState {
  return { digest, ...(version === undefined ? {} : { version }) };
}

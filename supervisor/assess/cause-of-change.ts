import type { Step } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import { comparePackages } from '../compare-packages.ts';
import { actionNamed } from '../action-named.ts';
import { isSameTree } from '../step-key.ts';
import type { StepKeyInputs } from '../step-key.ts';
import { usedArtifacts } from '../used-artifacts.ts';
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
  const taken = { before: takenBy(step, before), now: takenBy(step, now) };
  const other = [...taken.now.keys(), ...taken.before.keys()].find(
    (name) => taken.before.get(name)?.digest !== taken.now.get(name)?.digest,
  );
  if (other !== undefined) {
    return artifactChange(other, { before: taken.before.get(other), now: taken.now.get(other) }, store);
  }
  if (before.outside !== now.outside) {
    return { type: 'outside-changed', before: before.outside ?? '', now: now.outside ?? '' };
  }
  if (!isSameTree(before.tree, now.tree)) return { type: 'step-before' };
  return before.policy !== now.policy || before.format !== now.format ? { type: 'contractor-changed' } : undefined;
}

/** The artifacts that a step took, by name. */
function takenBy(step: Step, { artifact, version, artifacts }: StepKeyInputs): ReadonlyMap<string, ArtifactState> {
  const [name = ''] = usedArtifacts(step, actionNamed(step.action).declaration);
  const one = artifact === undefined ? [] : [[name, stateOf(artifact, version)] as const];
  return new Map([
    ...one,
    ...(artifacts ?? []).map((each) => [each.name, stateOf(each.digest, each.version)] as const),
  ]);
}

function artifactChange(
  artifact: string,
  { before, now }: { readonly before: ArtifactState | undefined; readonly now: ArtifactState | undefined },
  store: Pick<Store, 'listVersionsWithTree'>,
): Cause {
  if (now === undefined || before === undefined) return { type: 'artifact-missing', artifact };
  const [was, is] = [before, now].map(({ digest }) => store.listVersionsWithTree(artifact, digest));
  const [old, present] = [was?.at(-1)?.packages, is?.at(-1)?.packages];
  const packages = old && present ? comparePackages(old, present) : undefined;
  return { type: 'artifact-changed', artifact, before, now, ...(packages === undefined ? {} : { packages }) };
}

function stateOf(digest: string, version: number | undefined): ArtifactState {
  return { digest, ...(version === undefined ? {} : { version }) };
}

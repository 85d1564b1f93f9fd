import type { ActionSet } from '../../actions/action-set.ts';
import type { Step } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import { comparePackages } from '../compare-packages.ts';
import { isSameTree } from '../step-key.ts';
import type { StepKeyInputs } from '../step-key.ts';
import { usedArtifacts } from '../used-artifacts.ts';
import type { ArtifactState, Cause } from './cause.ts';
import { parameterChanges } from './parameter-changes.ts';

/** What a cause is found with. */
export interface CausePlace {
  readonly store: Pick<Store, 'listVersionsWithTree'>;
  readonly actions: ActionSet;
}

/** Why a step with the inputs `now` is not the one that had the inputs `before`; undefined when it is the same. */
export function causeOfChange(
  step: Step,
  { before, now }: { readonly before: StepKeyInputs; readonly now: StepKeyInputs },
  { store, actions }: CausePlace,
): Cause | undefined {
  if (before.byHand !== undefined) return { type: 'made-by-hand' };
  const [was, is] = [actionOf(before), actionOf(now)];
  if (was !== is) return { type: 'action-changed', before: was, now: is };
  const changes = parameterChanges(before.parameters, now.parameters);
  if (changes.length > 0) return { type: 'parameters-changed', changes };
  const taken = { before: takenBy(step, before, actions), now: takenBy(step, now, actions) };
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

/** With the version of one that is not built in. */
function actionOf({ action, actionVersion }: StepKeyInputs): string {
  return actionVersion === undefined ? action : `${action}, version ${actionVersion}`;
}

/** The artifacts that a step took, by name. */
function takenBy(
  step: Step,
  { artifact, version, artifacts }: StepKeyInputs,
  actions: ActionSet,
): ReadonlyMap<string, ArtifactState> {
  const [name = ''] = usedArtifacts(step, actions.named(step.action).declaration);
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

import type { ActionSet } from '../../actions/action-set.ts';
import type { Store } from '../../store/open-store.ts';
import type { ReusedStep } from '../record-reuse.ts';
import { usedArtifacts } from '../used-artifacts.ts';
import type { CurrentProject } from './assess-projects.ts';

interface Version {
  readonly name: string;
  readonly version: number;
}

interface PublishedTree extends Version {
  readonly digest: string;
}

/** What is taken over with projects that are up to date. */
export interface TakenResults {
  readonly keys: readonly { readonly attempt: string; readonly key: string }[];
  /** Of artifacts that their steps were made of. */
  readonly taken: readonly Version[];
  /** Of artifacts that they have made. */
  readonly published: readonly PublishedTree[];
}

export function takenResults(assessed: readonly CurrentProject[], actions: ActionSet): TakenResults {
  const steps = assessed.flatMap(({ reused }) => reused);
  return {
    keys: steps.map(({ key, found }) => ({ attempt: found.attempt.id, key })),
    taken: steps.flatMap((step) => takenVersions(step, actions)),
    published: publishedBy(steps),
  };
}

/**
 * Whether all of that is still recorded as it was when the projects were assessed. To be asked inside the transaction
 * that records it as taken over, from which on nobody removes it.
 */
export function isStillThere(
  { keys, taken, published }: TakenResults,
  store: Pick<Store, 'haveKeys' | 'haveVersions'>,
): boolean {
  return store.haveKeys(keys) && store.haveVersions([...taken, ...published]);
}

/** The versions of artifacts that a step which is taken over has been made of. */
export function takenVersions({ step, keyInputs }: ReusedStep, actions: ActionSet): readonly Version[] {
  const { version, artifacts = [] } = keyInputs;
  const [name = ''] = usedArtifacts(step, actions.named(step.action).declaration);
  return [...(version === undefined ? [] : [{ name, version }]), ...artifacts].map((one) => ({
    name: one.name,
    version: one.version,
  }));
}

/** The versions that these steps have published, with their trees. */
export function publishedBy(steps: readonly ReusedStep[]): readonly PublishedTree[] {
  return steps.flatMap(({ found: { published } }) => {
    if (published === undefined) return [];
    const { name, version, digest } = published;
    return [{ name, version, digest }];
  });
}

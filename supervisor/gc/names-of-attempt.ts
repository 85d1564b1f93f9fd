import type { ProjectTree, TreeReference } from '../../machines/project-tree.ts';
import type { AttemptFacts } from '../../store/records/garbage.ts';
import type { AttemptResult } from '../attempt.ts';
import type { StepKeyInputs } from '../step-key.ts';

/** The trees that an attempt's result rests on, and what it was begun with if it has left none. */
export interface NamesOfAttempt {
  /** By id. */
  readonly layers: readonly string[];
  /** Artifacts, as {@link treeName}. */
  readonly trees: readonly string[];
  /** The artifact version that it made or found unchanged, as {@link versionName}. */
  readonly published?: string;
}

export function treeName({ name, digest }: { readonly name: string; readonly digest: string }): string {
  return `${name}/${digest}`;
}

export function versionName({ name, version }: { readonly name: string; readonly version: number }): string {
  return `${name}@${version}`;
}

/** Pure. */
export function namesOfAttempt({ result, keyInputs }: Pick<AttemptFacts, 'result' | 'keyInputs'>): NamesOfAttempt {
  const ended = result === null ? null : (JSON.parse(result) as AttemptResult | null);
  const began = keyInputs === null ? null : (JSON.parse(keyInputs) as Partial<StepKeyInputs> | null);
  const references = [ended?.tree, began?.tree].flatMap((tree) => (tree === undefined ? [] : referencesOf(tree)));
  const published = ended?.published;
  return {
    layers: references.flatMap((each) => (each.type === 'layer' ? [each.id] : [])),
    trees: references.flatMap((each) => (each.type === 'artifact' ? [treeName(each)] : [])),
    ...(published === undefined ? {} : { published: versionName(published) }),
  };
}

type Reference = Extract<TreeReference, { type: 'layer' }> | { type: 'artifact'; name: string; digest: string };

function referencesOf({ workspace, containers }: ProjectTree): Reference[] {
  return [
    ...workspace,
    ...Object.values(containers).flatMap(({ artifact, digest, layers }): Reference[] => [
      { type: 'artifact', name: artifact, digest },
      ...layers,
    ]),
  ];
}

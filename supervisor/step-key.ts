import { createHash } from 'node:crypto';
import type { Action, ArtifactPlace } from '../actions/action.ts';
import type { ProjectTree, TreeReference } from '../machines/project-tree.ts';
import { POLICY_VERSION } from '../sandbox/policy.ts';
import type { JsonObject, Step } from '../spec-schema/build-spec.ts';

/** Changes when keys are made of more, or of less: what has a key of another format is not taken for the same. */
const KEY_FORMAT = 2;

/** Everything that the result of a step depends on. Kept as JSON, so that two can be compared. */
export interface StepKeyInputs {
  readonly format: number;
  readonly policy: number;
  readonly action: string;
  /** The version of an action that contractor does not have built in. */
  readonly actionVersion?: string;
  readonly parameters: JsonObject;
  /** What the steps before have made: layers by id, since a layer that is made again is another one. */
  readonly tree: ProjectTree;
  /** The digest of the artifact that the step takes. */
  readonly artifact?: string;
  /** Which that was: a name of ours, that the key does without. */
  readonly version?: number;
  /** The same of a step that takes several, in the order in which it names them. */
  readonly artifacts?: readonly ArtifactPlace[];
  /** What the outside world said that it reads: see {@link Action.outside}. */
  readonly outside?: string;
  /** The id of the attempt itself, when a person made it: so no other step ever has the same key. */
  readonly byHand?: string;
}

/** What a step's result depends on, and the hash of it; no key where that cannot be told. */
export interface KeyOfStep {
  readonly key?: string;
  readonly keyInputs: StepKeyInputs;
}

/** Pure. */
export function stepKeyInputs(
  step: Step,
  {
    action: { version },
    tree,
    artifacts = [],
    outside,
  }: {
    readonly action: Pick<Action, 'version'>;
    readonly tree: ProjectTree;
    readonly artifacts?: readonly ArtifactPlace[];
    readonly outside?: string | undefined;
  },
): StepKeyInputs {
  const [artifact, ...others] = artifacts;
  const isOne = others.length === 0;
  return {
    format: KEY_FORMAT,
    policy: POLICY_VERSION,
    action: step.action,
    ...(version === undefined ? {} : { actionVersion: version }),
    parameters: step.parameters,
    tree,
    ...(artifact === undefined || !isOne ? {} : { artifact: artifact.digest, version: artifact.version }),
    ...(isOne ? {} : { artifacts: artifacts.map(({ name, version, digest }) => ({ name, version, digest })) }),
    ...(outside === undefined ? {} : { outside }),
  };
}

/** The step key: a hash of its inputs. A version is a name of ours; what counts is the digest. */
export function stepKey({
  format,
  policy,
  action,
  actionVersion,
  parameters,
  tree,
  artifact,
  artifacts,
  outside,
  byHand,
}: StepKeyInputs): string {
  const several = artifacts?.map(({ name, digest }) => [name, digest]);
  const counted = {
    format,
    policy,
    action,
    actionVersion,
    parameters,
    tree: withoutVersions(tree),
    artifact,
    several,
    outside,
    byHand,
  };
  return createHash('sha256').update(JSON.stringify(counted)).digest('hex');
}

/** The same trees by another version are the same. */
export function isSameTree(a: ProjectTree, b: ProjectTree): boolean {
  return JSON.stringify(withoutVersions(a)) === JSON.stringify(withoutVersions(b));
}

function withoutVersions({ workspace, containers }: ProjectTree): unknown {
  const named = (each: TreeReference): readonly string[] =>
    each.type === 'layer' ? [each.id] : [each.name, each.digest];
  return [
    workspace.map(named),
    Object.entries(containers).map(([name, { artifact, digest, writable, layers }]) => [
      name,
      artifact,
      digest,
      writable,
      layers.map(named),
    ]),
  ];
}

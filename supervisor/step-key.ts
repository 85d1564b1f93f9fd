import { createHash } from 'node:crypto';
import type { ArtifactPlace } from '../actions/action.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import { POLICY_VERSION } from '../sandbox/policy.ts';
import type { JsonObject, Step } from '../spec-schema/build-spec.ts';

/** Everything that the result of a step depends on. Kept as JSON, so that two can be compared. */
export interface StepKeyInputs {
  readonly format: 1;
  readonly policy: number;
  readonly action: string;
  readonly parameters: JsonObject;
  /** What the steps before have made: layers by id, since a layer that is made again is another one. */
  readonly tree: ProjectTree;
  /** The digest of the artifact that the step takes. */
  readonly artifact?: string;
  /** The same by name, of one that takes several. */
  readonly artifacts?: Readonly<Record<string, string>>;
  /** What of the host it reads: see {@link Action.outside}. */
  readonly outside?: string;
}

/** Pure. The version of an artifact is a name of ours; what counts is its digest. */
export function stepKeyInputs(
  step: Step,
  {
    tree,
    artifacts = [],
    outside,
  }: {
    readonly tree: ProjectTree;
    readonly artifacts?: readonly ArtifactPlace[];
    readonly outside?: string | undefined;
  },
): StepKeyInputs {
  const [artifact, ...others] = artifacts;
  const isOne = others.length === 0;
  return {
    format: 1,
    policy: POLICY_VERSION,
    action: step.action,
    parameters: step.parameters,
    tree,
    ...(artifact === undefined || !isOne ? {} : { artifact: artifact.digest }),
    ...(isOne ? {} : { artifacts: Object.fromEntries(artifacts.map(({ name, digest }) => [name, digest])) }),
    ...(outside === undefined ? {} : { outside }),
  };
}

/** The step key: a hash of its inputs. */
export function stepKey(inputs: StepKeyInputs): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** Why a step with the inputs `now` is not the one that had the inputs `before`: for the eyes of people. */
export function whyOther(before: StepKeyInputs, now: StepKeyInputs): string {
  if (before.action !== now.action) return `it was a \`${before.action}\` step`;
  const changed = [...new Set([...Object.keys(before.parameters), ...Object.keys(now.parameters)])].filter(
    (key) => JSON.stringify(before.parameters[key]) !== JSON.stringify(now.parameters[key]),
  );
  if (changed.length > 0) return `its ${changed.map((key) => `\`${key}\``).join(', ')} changed`;
  if (before.artifact !== now.artifact) return 'the artifact that it takes is another';
  const other = Object.entries(now.artifacts ?? {}).find(([name, digest]) => before.artifacts?.[name] !== digest);
  if (other !== undefined) return `the artifact \`${other[0]}\` that it takes is another`;
  if (before.outside !== now.outside) return 'what it reads of this host changed';
  if (before.policy !== now.policy) return 'this version of contractor isolates steps in another way';
  return 'a step before it is another';
}

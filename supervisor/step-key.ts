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
  /** What of the host it reads: see {@link Action.outside}. */
  readonly outside?: string;
  /** The id of the attempt itself, when a person made it: so no other step ever has the same key. */
  readonly byHand?: string;
}

/** Pure. The version of an artifact is a name of ours; what counts is its digest. */
export function stepKeyInputs(
  step: Step,
  {
    tree,
    artifact,
    outside,
  }: {
    readonly tree: ProjectTree;
    readonly artifact?: ArtifactPlace | undefined;
    readonly outside?: string | undefined;
  },
): StepKeyInputs {
  return {
    format: 1,
    policy: POLICY_VERSION,
    action: step.action,
    parameters: step.parameters,
    tree,
    ...(artifact === undefined ? {} : { artifact: artifact.digest }),
    ...(outside === undefined ? {} : { outside }),
  };
}

/** The step key: a hash of its inputs. */
export function stepKey(inputs: StepKeyInputs): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex');
}

/** Why a step with the inputs `now` is not the one that had the inputs `before`: for the eyes of people. */
export function whyOther(before: StepKeyInputs, now: StepKeyInputs): string {
  if (before.byHand !== undefined) return 'it was made by hand';
  if (before.action !== now.action) return `it was a \`${before.action}\` step`;
  const changed = [...new Set([...Object.keys(before.parameters), ...Object.keys(now.parameters)])].filter(
    (key) => JSON.stringify(before.parameters[key]) !== JSON.stringify(now.parameters[key]),
  );
  if (changed.length > 0) return `its ${changed.map((key) => `\`${key}\``).join(', ')} changed`;
  if (before.artifact !== now.artifact) return 'the artifact that it takes is another';
  if (before.outside !== now.outside) return 'what it reads of this host changed';
  if (before.policy !== now.policy) return 'this version of contractor isolates steps in another way';
  return 'a step before it is another';
}

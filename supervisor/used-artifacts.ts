import type { ActionDeclaration } from '../spec-schema/action-declaration.ts';
import type { Step } from '../spec-schema/build-spec.ts';

/** The names of the artifacts that a step takes, in the order in which it names them. */
export function usedArtifacts({ parameters }: Step, { usesArtifact }: ActionDeclaration): readonly string[] {
  const value = usesArtifact === undefined ? undefined : parameters[usesArtifact];
  return [value ?? []].flat().filter((name) => typeof name === 'string');
}

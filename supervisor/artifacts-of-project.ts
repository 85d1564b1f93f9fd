import type { ActionSet } from '../actions/action-set.ts';
import type { Project } from '../spec-schema/build-spec.ts';

/** The names of the artifacts that a project's steps use, or make: a parameter may name one, or several, or be absent. */
export function artifactsOfProject(
  { steps }: Project,
  what: 'usesArtifact' | 'makesArtifact',
  actions: ActionSet,
): string[] {
  return steps.flatMap((step) => {
    const parameter = actions.named(step.action).declaration[what];
    const value = parameter === undefined ? [] : (step.parameters[parameter] ?? []);
    return (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string');
  });
}

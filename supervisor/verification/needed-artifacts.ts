import { ContractorError } from '../../errors.ts';
import type { BuildSpec, Project } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { ArtifactRecord } from '../../store/records/artifacts.ts';
import { actionNamed } from '../action-named.ts';

/**
 * The artifacts that a project takes and does not make itself, in the versions that a build of it would take now.
 *
 * @throws ARTIFACT_UNKNOWN where the store has none: what makes it has not been built
 */
export function neededArtifacts(
  project: Project,
  { spec, store }: { readonly spec: BuildSpec; readonly store: Store },
): ArtifactRecord[] {
  const own = new Set(artifactsOf(project, 'makesArtifact'));
  const names = [...new Set(artifactsOf(project, 'usesArtifact'))].filter((name) => !own.has(name));
  return names.map((name) => {
    const found = store.findArtifact(name);
    if (found !== undefined) return found;
    const maker = spec.projects.find((each) => artifactsOf(each, 'makesArtifact').includes(name));
    throw new ContractorError(
      'ARTIFACT_UNKNOWN',
      `\`${project.name}\` takes the artifact \`${name}\`, which this store does not have.`,
      maker === undefined
        ? `Import it with \`contractor artifact import ${name} PATH\`.`
        : `Build it first: \`contractor build ${maker.name}\`. Only \`${project.name}\` itself is built twice.`,
    );
  });
}

/** The names of the artifacts that a project's steps use, or make: a parameter may name one, or several, or be absent. */
export function artifactsOf({ steps }: Project, what: 'usesArtifact' | 'makesArtifact'): string[] {
  return steps.flatMap((step) => {
    const parameter = actionNamed(step.action).declaration[what];
    const value = parameter === undefined ? [] : (step.parameters[parameter] ?? []);
    return (Array.isArray(value) ? value : [value]).filter((name) => typeof name === 'string');
  });
}

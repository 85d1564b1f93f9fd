import type { ActionSet } from '../../actions/action-set.ts';
import { ContractorError } from '../../errors.ts';
import type { BuildSpec, Project } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { ArtifactRecord } from '../../store/records/artifacts.ts';
import { artifactsOfProject } from '../artifacts-of-project.ts';

/**
 * The artifacts that a project takes and does not make itself, in the versions that a build of it would take now.
 *
 * @throws ARTIFACT_UNKNOWN where the store has none: what makes it has not been built
 */
export function neededArtifacts(
  project: Project,
  { spec, store, actions }: { readonly spec: BuildSpec; readonly store: Store; readonly actions: ActionSet },
): ArtifactRecord[] {
  const own = new Set(artifactsOfProject(project, 'makesArtifact', actions));
  const names = [...new Set(artifactsOfProject(project, 'usesArtifact', actions))].filter((name) => !own.has(name));
  return names.map((name) => {
    const found = store.findArtifact(name);
    if (found !== undefined) return found;
    const maker = spec.projects.find((each) => artifactsOfProject(each, 'makesArtifact', actions).includes(name));
    throw new ContractorError(
      'ARTIFACT_UNKNOWN',
      `\`${project.name}\` takes the artifact \`${name}\`, which this store does not have.`,
      maker === undefined
        ? `Import it with \`contractor artifact import ${name} PATH\`.`
        : `Build it first: \`contractor build ${maker.name}\`. Only \`${project.name}\` itself is built twice.`,
    );
  });
}

import type { ActionSet } from '../actions/action-set.ts';
import { ContractorError } from '../errors.ts';
import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { ListedArtifact } from '../store/records/artifacts.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { artifactsOfProject } from './artifacts-of-project.ts';
import { chosenProjects } from './spec-source.ts';

/** By name, the digest of each artifact that is taken from the store, and whose maker is not built. */
export type GivenArtifacts = Readonly<Record<string, string>>;

/** What makes a build one of projects alone. */
export interface AloneOptions {
  /**
   * Build `projects` alone: what they take of others is taken from the store, of each artifact the version with this
   * digest, and nothing that makes it is built. @throws ARTIFACT_UNKNOWN where one is neither given nor made, or not in the store
   */
  readonly given?: GivenArtifacts;
  /**
   * Steps of one of these projects that were done in another store, whose trees were brought here as artifacts: it goes on behind them. What
   * does not fit the project, or is not here, is passed over, and the project begins at its first step.
   */
  readonly checkpoint?: Checkpoint;
}

/**
 * The named projects as if they needed only each other, in the order in which they can be built: what they take of
 * others is given.
 *
 * @throws PROJECT_UNKNOWN; USAGE where none is named
 */
export function projectsAlone(spec: BuildSpec, names: readonly string[] | undefined): readonly Project[] {
  if (names === undefined || names.length === 0) {
    throw new ContractorError(
      'USAGE',
      'Artifacts are given, but no project that takes them is named.',
      'Name the projects that are to be built with them.',
    );
  }
  const wanted = new Set(names);
  return chosenProjects(spec, names)
    .filter(({ name }) => wanted.has(name))
    .map((project) => ({ ...project, dependsOn: project.dependsOn.filter((name) => wanted.has(name)) }));
}

/**
 * The versions in the store of all that these projects take and do not make themselves: of what is given, the newest
 * with that digest. To be asked inside the transaction that notes them as used.
 *
 * @throws ARTIFACT_UNKNOWN where something is not given, or the store does not have it
 */
export function givenVersions(
  projects: readonly Project[],
  {
    given,
    store,
    actions,
  }: {
    readonly given: GivenArtifacts;
    readonly store: Pick<Store, 'listArtifacts'>;
    readonly actions: ActionSet;
  },
): ReadonlyMap<string, ListedArtifact> {
  const made = new Set(projects.flatMap((project) => artifactsOfProject(project, 'makesArtifact', actions)));
  const taken = new Set(projects.flatMap((project) => artifactsOfProject(project, 'usesArtifact', actions)));
  const listed = store.listArtifacts();
  return new Map(
    [...taken.difference(made)].map((name) => {
      const digest = given[name];
      const found =
        digest === undefined ? undefined : listed.find((each) => each.name === name && each.digest === digest);
      if (found !== undefined) return [name, found];
      throw new ContractorError(
        'ARTIFACT_UNKNOWN',
        digest === undefined
          ? `The artifact \`${name}\` is taken, but neither made nor given.`
          : `This store has no version of the artifact \`${name}\` with the digest ${digest}.`,
        digest === undefined
          ? 'Give its digest too.'
          : `Import it first, with \`contractor artifact import ${name} PATH\`.`,
      );
    }),
  );
}

import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import { actionNamed } from './action-named.ts';
import { artifactsOfProject } from './artifacts-of-project.ts';
import { chosenProjects } from './spec-source.ts';

/** What a project needs of others: for whoever has it built elsewhere. */
export interface ProjectNeeds {
  readonly project: Project;
  /** Names of artifacts that it takes and does not make itself. */
  readonly takes: readonly string[];
  readonly makes: readonly string[];
  /** What its steps read of the host that it is built on, beside programs: paths, as they are written. */
  readonly reads: readonly { readonly step: string; readonly path: string }[];
}

/** The named projects with all they need, each after those it needs; all, when none is named. @throws PROJECT_UNKNOWN */
export function projectNeeds(
  spec: BuildSpec,
  { projects: names, dependents }: { readonly projects?: readonly string[]; readonly dependents?: boolean } = {},
): readonly ProjectNeeds[] {
  return chosenProjects(spec, names, dependents === undefined ? {} : { dependents }).map((project) => {
    const makes = new Set(artifactsOfProject(project, 'makesArtifact'));
    const takes = new Set(artifactsOfProject(project, 'usesArtifact'));
    const reads = project.steps.flatMap((step) =>
      (actionNamed(step.action).hostSources?.(step) ?? []).map((path) => ({ step: step.id, path })),
    );
    return { project, takes: [...takes.difference(makes)], makes: [...makes], reads };
  });
}

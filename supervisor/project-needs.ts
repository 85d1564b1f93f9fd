import type { Isolation } from '../actions/action.ts';
import type { ActionSet } from '../actions/action-set.ts';
import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import { artifactsOfProject } from './artifacts-of-project.ts';
import { chosenProjects } from './spec-source.ts';

/** Which projects are asked for. */
export interface NeedsOptions {
  /** Only these, and all that they need; all, when none is named. */
  readonly projects?: readonly string[];
  /** Also what uses what the named ones make. */
  readonly dependents?: boolean;
  /** `false`: as if there were no lock beside the specification. */
  readonly lock?: boolean;
  /** Also where an artifact is taken that no project makes and this store does not hold. */
  readonly alone?: boolean;
}

/** What a project needs of others: for whoever has it built elsewhere. */
export interface ProjectNeeds {
  readonly project: Project;
  /** Names of artifacts that it takes and does not make itself. */
  readonly takes: readonly string[];
  /** Names of artifacts that it makes. */
  readonly makes: readonly string[];
  /** What its steps read of the host that it is built on, beside programs: paths, as they are written. */
  readonly reads: readonly { readonly step: string; readonly path: string }[];
  /** What each step may see and reach, by its id. */
  readonly isolation: Readonly<Record<string, Isolation>>;
}

/** The asked projects with all they need, each after those it needs. @throws PROJECT_UNKNOWN */
export function projectNeeds(
  spec: BuildSpec,
  { projects: names, dependents = false }: NeedsOptions,
  actions: ActionSet,
): readonly ProjectNeeds[] {
  return chosenProjects(spec, names, { dependents }).map((project) => {
    const makes = new Set(artifactsOfProject(project, 'makesArtifact', actions));
    const takes = new Set(artifactsOfProject(project, 'usesArtifact', actions));
    const reads = project.steps.flatMap((step) =>
      (actions.named(step.action).hostSources?.(step) ?? []).map((path) => ({ step: step.id, path })),
    );
    const isolation = Object.fromEntries(
      project.steps.map((step) => [step.id, actions.named(step.action).isolation(step)]),
    );
    return { project, isolation, takes: [...takes.difference(makes)], makes: [...makes], reads };
  });
}

import { ContractorError } from '../../errors.ts';
import type { Project } from '../../spec-schema/build-spec.ts';
import { missingOf } from './host-traits.ts';
import type { HostTraits, MissingTrait } from './host-traits.ts';

/** A project that asks for another host than the one that builds it. */
export interface Elsewhere {
  readonly project: string;
  /** At least one. */
  readonly missing: readonly MissingTrait[];
}

/** Those of `projects` that ask for what `host` is not. */
export function elsewhereOf(projects: readonly Project[], host: HostTraits): readonly Elsewhere[] {
  return projects
    .map(({ name, runsOn }) => ({ project: name, missing: missingOf(runsOn, host) }))
    .filter(({ missing }) => missing.length > 0);
}

/**
 * Refuses a project that is for another architecture: it would be built all the same, and be something else under the
 * same name. Labels and memory do not change what a result is; those a build only tells of.
 *
 * @throws HOST_UNSUITABLE
 */
export function assertArchitecture(projects: readonly Project[], host: HostTraits): void {
  const others = projects.filter(
    ({ runsOn }) => runsOn?.architecture !== undefined && runsOn.architecture !== host.architecture,
  );
  const [first] = others;
  if (first === undefined) return;
  const more = others.length === 1 ? '' : ` and ${others.length - 1} more`;
  throw new ContractorError(
    'HOST_UNSUITABLE',
    `${first.name}${more}: \`runs-on\` asks for the architecture \`${first.runsOn?.architecture}\`, and this host is \`${host.architecture}\`.`,
    'Build on such a host, or name the projects to build that need none of these.',
  );
}

import { declarations } from '../index.ts';
import type { ArtifactVersion, Step, Supervisor } from '../index.ts';

/** An artifact that a step takes: what it is called, and its version in the store, where it has one. */
export interface UsedArtifact {
  readonly name: string;
  readonly version?: ArtifactVersion;
}

/** Which artifacts the steps of a run take, by project and step. What a store lacks has no version. */
export function usedArtifacts(
  run: string,
  { supervisor }: { readonly supervisor: Supervisor },
): (project: string, step: string) => readonly UsedArtifact[] {
  const projects = new Map(supervisor.runSource(run).projects.map((project) => [project.name, project]));
  return (project, step) => {
    const names = namesIn(projects.get(project)?.steps.find(({ id }) => id === step));
    if (names.length === 0) return [];
    const versions = supervisor.artifacts.list();
    return names.map((reference) => {
      const [name = reference, asked] = reference.split('@');
      const version = versions.find(
        (each) => each.name === name && (asked === undefined || `${each.version}` === asked),
      );
      return version === undefined ? { name } : { name, version };
    });
  };
}

function namesIn(step: Step | undefined): readonly string[] {
  const key = declarations.find(({ name }) => name === step?.action)?.usesArtifact;
  const value = key === undefined ? undefined : step?.parameters[key];
  return [value ?? []].flat().filter((name) => typeof name === 'string');
}

import { actionSet } from '../../actions/action-set.ts';
import type { ActionSet } from '../../actions/action-set.ts';
import type { Project } from '../../spec-schema/build-spec.ts';
import type { Store } from '../../store/open-store.ts';
import type { NewRun } from '../../store/records/runs.ts';
import { assessProjects } from '../../supervisor/assess/assess-projects.ts';
import type { CurrentProject } from '../../supervisor/assess/assess-projects.ts';
import { specOf } from '../../supervisor/spec-source.ts';
import { sampleRun } from '../store/sample-records.ts';

export const actions: ActionSet = actionSet();

/** So many projects of three steps, each of which takes what the one before makes. */
export function largeSpec(count: number): readonly Project[] {
  const value = {
    projects: Array.from({ length: count }, (_, n) => ({
      project: `p${n}`,
      'build-steps': [
        { action: 'empty-workspace' },
        { action: 'create-artifact', 'artifact-name': `a${n}` },
        { action: 'create-systree', 'artifact-name': `a${Math.max(0, n - 1)}`, 'container-name': 'c' },
      ],
    })),
  };
  return specOf({ value }, { heldArtifacts: new Set(), actions }).projects;
}

/** Those of the projects that are up to date, with what they take over: of a store whose trees are taken to be there. */
export async function currentOf(projects: readonly Project[], store: Store): Promise<readonly CurrentProject[]> {
  const assessed = await assessProjects(projects, {
    store,
    actions,
    sandbox: { hasTree: () => true } as never,
    begunAt: Infinity,
    outside: { answer: () => undefined },
    refusesReuse: () => undefined,
  });
  return assessed.filter((each) => each.type === 'current');
}

/** A run of these projects that has not been recorded. */
export function newRunOf(id: string, projects: readonly Project[]): NewRun {
  return { ...sampleRun(id), spec: { projects }, projects: projects.map(({ name }) => name), options: {} };
}

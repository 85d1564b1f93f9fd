import type { ActionSet } from '../actions/action-set.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { Store } from '../store/open-store.ts';
import { ContractorError } from '../errors.ts';
import type { PlannedProject } from './plan.ts';
import { planBuild } from './plan-build.ts';
import type { RunSource } from './supervisor.ts';

/** What a run does for one of its projects. @throws PROJECT_UNKNOWN */
export async function planOfProject(
  { run, projects }: RunSource,
  name: string,
  place: {
    readonly store: Store;
    readonly actions: ActionSet;
    readonly bootId: string;
    readonly idMap: () => IdMap;
  },
): Promise<PlannedProject> {
  const project = projects.find((each) => each.name === name);
  // Those it needs are planned when they are asked for.
  const alone = project === undefined ? [] : [{ ...project, dependsOn: [] }];
  const [planned] = (await planBuild({ projects: alone }, { ...place, names: undefined })).projects;
  if (planned !== undefined && project !== undefined) return { ...planned, dependsOn: project.dependsOn };
  throw new ContractorError(
    'PROJECT_UNKNOWN',
    `Run \`${run}\` has no project \`${name}\`.`,
    `See \`contractor status ${run}\`.`,
  );
}

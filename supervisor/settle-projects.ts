import type { Project } from '../spec-schema/build-spec.ts';
import type { CurrentProject } from './assess/assess-projects.ts';
import { isStillThere, takenResults, takenVersions } from './assess/still-there.ts';
import type { NewEvent } from './build-event.ts';
import { recordReuse } from './record-reuse.ts';
import type { ReusePlace } from './record-reuse.ts';
import { Turn } from './turn.ts';

/**
 * Records that a project of a run is built with the results of earlier runs alone: no machine, no keeper. To be
 * called inside the transaction in which it was assessed, or found to be still there. Gives the attempts, by step.
 */
export function settleProject(
  { project, reused }: CurrentProject,
  place: Omit<ReusePlace, 'project'>,
  record: (event: NewEvent) => void,
): readonly { readonly step: string; readonly attempt: string; readonly from: string }[] {
  const { store, actions, run } = place;
  const taken = reused.map((each) => {
    for (const version of takenVersions(each, actions)) store.recordUse(run, version);
    const attempt = recordReuse(each, { ...place, project }, record);
    return { step: each.step.id, attempt, from: each.found.attempt.run };
  });
  store.settleProject(run, project, 'built');
  return taken;
}

/**
 * Settles many projects of a run that has just been created, each after those it needs, and gives what is to be told of
 * them. The thread is given back in between, and each project is settled whole or not at all: one of which something
 * is gone by now stays as it is, with all that need it, and its machine does it. So do the rest when `signal` is aborted.
 */
export async function settleProjects(
  assessed: readonly CurrentProject[],
  {
    projects,
    signal,
    ...place
  }: Omit<ReusePlace, 'project'> & { readonly projects: readonly Project[]; readonly signal: AbortSignal },
): Promise<readonly NewEvent[]> {
  const needs = new Map(projects.map(({ name, dependsOn }) => [name, dependsOn]));
  const events: NewEvent[] = [];
  const open = new Set<string>();
  const turn = new Turn();
  for (let done = 0; done < assessed.length && !signal.aborted;) {
    place.store.transaction(() => {
      for (let each = assessed[done]; each !== undefined && !turn.isOver; each = assessed[(done += 1)]) {
        const isOpen =
          needs.get(each.project)?.some((name) => open.has(name)) === true ||
          !isStillThere(takenResults([each], place.actions), place.store);
        if (isOpen) open.add(each.project);
        else settleProject(each, place, (event) => events.push(event));
      }
    });
    await turn.rest();
  }
  return events;
}

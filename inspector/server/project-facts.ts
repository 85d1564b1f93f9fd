import { describeMachine } from '../../index.ts';
import type { RunSource, Supervisor } from '../../index.ts';
import type { ProjectFacts } from '../facts.ts';

/** What is known of a project beside its events. */
export async function projectFacts(source: RunSource, name: string, supervisor: Supervisor): Promise<ProjectFacts> {
  const project = source.projects.find((each) => each.name === name);
  const saved = supervisor.savedState(source.run, name); // refuses a project that there is not
  if (project === undefined) throw new Error(`no project ${name}`);
  const { pausing } = source;
  const planned = await supervisor.runPlan(source.run, name);
  return {
    machine: await describeMachine(
      project,
      pausing && { onFailure: pausing.onFailure, before: pausing.before[name] ?? [] },
    ),
    steps: planned.steps,
    ...(saved === undefined ? {} : { saved }),
  };
}

import { existsSync, readFileSync } from 'node:fs';
import type { TestStore } from '../../supervisor/test-store.ts';
import { fleetProjects } from './specification.ts';
import type { FleetSpec } from './specification.ts';

/** What a run makes, by what does not depend on time, chance or blows. */
export interface FleetResult {
  /** The digest of each artifact. */
  readonly artifacts: Readonly<Record<string, string>>;
  /** Of each step that ended, as `project/step`, its outcome and its log. */
  readonly steps: Readonly<Record<string, string>>;
  /** How each project has ended. */
  readonly projects: Readonly<Record<string, string>>;
  readonly result: string;
}

/** What one host makes of it, that nobody disturbs. */
export async function referenceOf(store: TestStore, spec: FleetSpec): Promise<FleetResult> {
  const { id, result, events } = await store.build(fleetProjects(spec), { keepGoing: true });
  const artifacts: Record<string, string> = {};
  const steps: Record<string, string> = {};
  const projects: Record<string, string> = {};
  for (const event of events) {
    if (event.type === 'artifact-published') artifacts[event.artifact] = event.digest;
    if (event.type === 'project-ended') projects[event.project] = event.result;
    if (event.type !== 'step-ended') continue;
    const { project, step, attempt, outcome } = event;
    const log = store.supervisor.logFile({ run: id, project, step, attempt });
    // What starts no process writes nothing.
    steps[`${project}/${step}`] = stepText(outcome, existsSync(log) ? readFileSync(log, 'utf8') : '');
  }
  return { artifacts, steps, projects, result };
}

/** A step as its outcome and its log, to compare it with another. */
export function stepText(outcome: { readonly type: string; readonly exitCode?: number }, log: string): string {
  return `${outcome.type} ${outcome.exitCode ?? ''}\n${log}`;
}

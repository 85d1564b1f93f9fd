import type { Project } from '../spec-schema/build-spec.ts';
import type { MachineOutline } from './machine-outline.ts';
import type { Pausing } from './project-machine.ts';

// XState is loaded when somebody asks: what only reads specifications does without.

/** The state machine of a project, to be drawn; as it is in a build that pauses, where `pausing` says so. */
export async function describeMachine(project: Project, pausing?: Pausing): Promise<MachineOutline> {
  const { machineOutline } = await import('./machine-outline.ts');
  return machineOutline(project, pausing);
}

/** The state machine of a project as a module with a `createMachine(...)`, which runs, and which Stately Studio can import. */
export async function machineModule(project: Project, pausing?: Pausing): Promise<string> {
  const { machineSource } = await import('./machine-source.ts');
  return machineSource(project, pausing);
}

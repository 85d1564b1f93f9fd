import type { Project } from '../spec-schema/build-spec.ts';
import type { MachineOutline } from './machine-outline.ts';

// XState is loaded when somebody asks: what only reads specifications does without.

/** The state machine of a project, to be drawn. */
export async function describeMachine(project: Project): Promise<MachineOutline> {
  const { machineOutline } = await import('./machine-outline.ts');
  return machineOutline(project);
}

/** The state machine of a project as a module with a `createMachine(...)`, which runs, and which Stately Studio can import. */
export async function machineModule(project: Project): Promise<string> {
  const { machineSource } = await import('./machine-source.ts');
  return machineSource(project);
}

import type { Project, Step } from '../../spec-schema/build-spec.ts';

/** A step that nothing runs. */
export function step(id: string, keys: Partial<Step> = {}): Step {
  return { id, title: id, action: 'shell', parameters: {}, continueOnFailure: false, ...keys };
}

/** A project of such steps. */
export function project(...steps: readonly Step[]): Project {
  return { name: 'p', dependsOn: [], steps };
}

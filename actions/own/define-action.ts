import { assertDefinition } from './assert-definition.ts';
import type { ContainerAction, OwnAction, ProgramAction, ToolAction } from './own-action.ts';

/**
 * An action for `createSupervisor({ actions: [...] })`, checked. A step of it is validated, sandboxed, keyed,
 * recorded and recovered as one of a built-in action is.
 *
 *     const lint = defineAction({
 *       name: 'lint',
 *       description: 'Checks the scripts of the workspace.',
 *       version: '1',
 *       parameters: { path: { type: 'string', description: 'What to check.' } },
 *       required: ['path'],
 *       isolation: { runsIn: 'container' },
 *       command: ({ path }) => ({ command: ['/usr/bin/shellcheck', '--', String(path)] }),
 *     });
 *
 * @throws ACTION_INVALID
 */
export function defineAction(definition: ContainerAction): ContainerAction;
export function defineAction(definition: ToolAction): ToolAction;
export function defineAction(definition: ProgramAction): ProgramAction;
export function defineAction(definition: OwnAction): OwnAction {
  assertDefinition(definition);
  return definition;
}

import type { SandboxPolicy } from '../../sandbox/policy.ts';
import { findProgram } from '../../sandbox/programs.ts';
import type { Step } from '../../spec-schema/build-spec.ts';
import type { Action, ActionResult, PolicySurroundings } from '../action.ts';
import { inContainer } from '../in-container.ts';
import { outcomeOfExit } from '../outcome-of-exit.ts';
import { text } from '../parameters.ts';
import { commandOfStep } from './command-of-step.ts';
import { CONTAINER_NAME } from './container-name.ts';
import { declarationOf } from './declaration-of.ts';
import type { ContainerAction, OwnCommand, ToolAction } from './own-action.ts';

/** Runs its command as `shell` does: the container is the step's, and the policy is ours. */
export function containerAction(given: ContainerAction): Action {
  const commandOf = given.command.bind(given);
  const statuses = [...(given.temporaryStatus ?? [])];
  const policy = (step: Step, { isWritable }: Pick<PolicySurroundings, 'isWritable'>): SandboxPolicy => {
    const { directory = '', environment = {} } = commandOfStep(step, commandOf);
    return {
      type: 'container',
      identity: isWritable(text(step, CONTAINER_NAME)) ? 'root' : 'builder',
      directory: `/workspace/${directory}`,
      environment: { ...environment },
    };
  };
  return {
    declaration: declarationOf(given),
    version: given.version,
    isolation: (step) => ({
      runsIn: 'container',
      network: false,
      reads: [`container ${text(step, CONTAINER_NAME)}`],
      writes: ['workspace', '/home/builder', '/tmp'],
    }),
    policy,
    assertPossible: (step) => void commandOfStep(step, commandOf),
    run: async (step, context) => {
      const { command, files = {} } = commandOfStep(step, commandOf);
      const job = { policy: (writable: boolean) => policy(step, { isWritable: () => writable }), command };
      return withTemporary(
        await inContainer(text(step, CONTAINER_NAME), { ...job, files: filesOf(files), step }, context),
        statuses,
      );
    },
  };
}

/** Runs its command on the host's programs, in the sandbox of a vetted tool. */
export function toolAction(given: ToolAction): Action {
  const commandOf = given.command.bind(given);
  const statuses = [...(given.temporaryStatus ?? [])];
  const tools = [...given.tools];
  const { network } = given.isolation;
  const ports = given.isolation.network ? [...given.isolation.ports] : [];
  const policy = (step: Step): SandboxPolicy => ({
    type: 'vetted-tool',
    identity: 'builder',
    network,
    ports,
    environment: { ...commandOfStep(step, commandOf).environment },
    reads: [],
  });
  return {
    declaration: declarationOf(given),
    version: given.version,
    isolation: () => ({
      runsIn: 'vetted-tool',
      network,
      reads: ['programs and configuration of the host'],
      writes: ['workspace'],
    }),
    policy,
    ports: (steps) => Promise.resolve(steps.map(() => ports)),
    tools,
    assertPossible: (step) => {
      for (const tool of tools) findProgram(tool);
      commandOfStep(step, commandOf);
    },
    run: async (step, context) => {
      const { tree } = context;
      const { command, directory, files = {} } = commandOfStep(step, commandOf);
      const layer = context.newLayer();
      const inside = directory === undefined ? command : ['/bin/sh', '-euc', IN_DIRECTORY, 'sh', directory, ...command];
      const exit = await context.runSandboxed({ layer, policy: policy(step), files: filesOf(files), command: inside });
      const outcome = outcomeOfExit(exit, step);
      if (outcome.type !== 'succeeded') return withTemporary({ outcome, tree }, statuses);
      return {
        outcome,
        tree: { ...tree, workspace: [...tree.workspace, { type: 'layer', id: layer }] },
        layers: [{ id: layer, kind: 'workspace' }],
      };
    },
  };
}

const IN_DIRECTORY = 'cd -- "$1"; shift; exec "$@"';

function filesOf(files: NonNullable<OwnCommand['files']>) {
  return Object.entries(files).map(([name, content]) => ({ path: `/run/${name}`, content, mode: '0755' }));
}

function withTemporary(result: ActionResult, statuses: readonly number[]): ActionResult {
  const { outcome } = result;
  const isTemporary = outcome.type === 'failed' && statuses.includes(outcome.exitCode);
  return isTemporary ? { ...result, outcome: { ...outcome, temporary: true } } : result;
}

import { multiLineSchema, nameSchema, relativePathSchema } from '../spec-schema/names.ts';
import type { Container } from '../machines/project-tree.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { SandboxPolicy } from '../sandbox/policy.ts';
import type { Action, ActionContext, ActionResult, PolicySurroundings } from './action.ts';
import { logTail } from './log-tail.ts';
import { optionalText, record, text } from './parameters.ts';
import { outcomeOfExit } from './outcome-of-exit.ts';
import { artifactPath, lowerPaths } from './tree-paths.ts';

const SCRIPT = '/run/step';

/** Runs commands in the security container: the untrusted part of a build. */
export const shell: Action = {
  declaration: {
    name: 'shell',
    description: 'Runs commands in a security container: a system tree, the workspace at /workspace, and no network.',
    parameters: {
      'container-name': nameSchema('The container, as a `create-systree` step before named it.'),
      shell: multiLineSchema(
        'The commands. They run by `sh -eu`, so the first that fails ends the step; text that begins with `#!` runs by the interpreter it names.',
      ),
      environment: {
        type: 'object',
        description: 'Environment variables for the commands, beside the few that every container has.',
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
        additionalProperties: { type: 'string', pattern: '^[^\\u0000]*$' },
      },
      directory: relativePathSchema('The directory of the workspace to run in. Default: the top.'),
    },
    required: ['container-name', 'shell'],
    titleParameter: 'shell',
    usesContainer: 'container-name',
  },
  isolation: (step) => ({
    runsIn: 'container',
    network: false,
    reads: [`container ${text(step, 'container-name')}`],
    writes: ['workspace', '/home/builder', '/tmp'],
  }),
  policy: policyOf,
  run: async (step, context) => {
    const { tree } = context;
    const name = text(step, 'container-name');
    const container = tree.containers[name];
    if (container === undefined) {
      return {
        outcome: {
          type: 'refused',
          code: 'STEP_UNKNOWN',
          message: `No container \`${name}\` was made: the \`create-systree\` step before failed and was passed over.`,
          mend: 'Mend that step, or take `continue-on-failure` from it.',
        },
        tree,
      };
    }
    const layer = context.newLayer();
    const rootLayer = container.writable ? context.newLayer() : undefined;
    const exit = await context.runSandboxed({
      layer,
      root: {
        tree: artifactPath({ name: container.artifact, digest: container.digest }),
        lower: lowerPaths(container.layers),
        ...(rootLayer === undefined ? {} : { writable: { layer: rootLayer } }),
      },
      policy: policyOf(step, { isWritable: () => container.writable }),
      files: [{ path: SCRIPT, content: text(step, 'shell'), mode: '0755' }],
      command: text(step, 'shell').startsWith('#!') ? [SCRIPT] : ['/bin/sh', '-eu', SCRIPT],
    });
    const outcome = outcomeOfExit(exit, step);
    if (outcome.type !== 'succeeded') {
      const hint = outcome.type === 'failed' ? hintFor(context, container) : undefined;
      return { outcome: hint === undefined ? outcome : ({ ...outcome, hint } as typeof outcome), tree };
    }
    return succeeded(step, context, { layer, rootLayer });
  },
};

function policyOf(step: Step, { isWritable }: Pick<PolicySurroundings, 'isWritable'>): SandboxPolicy {
  return {
    type: 'container',
    identity: isWritable(text(step, 'container-name')) ? 'root' : 'builder',
    directory: `/workspace/${optionalText(step, 'directory') ?? ''}`,
    environment: record(step, 'environment'),
  };
}

function succeeded(
  step: Step,
  { tree }: ActionContext,
  { layer, rootLayer }: { readonly layer: string; readonly rootLayer: string | undefined },
): ActionResult {
  const name = text(step, 'container-name');
  const container = tree.containers[name];
  const withLayer = { ...tree, workspace: [...tree.workspace, { type: 'layer' as const, id: layer }] };
  const made = [{ id: layer, kind: 'workspace' as const }];
  if (rootLayer === undefined || container === undefined) {
    return { outcome: { type: 'succeeded' }, tree: withLayer, layers: made };
  }
  const changed = { ...container, layers: [...container.layers, { type: 'layer' as const, id: rootLayer }] };
  return {
    outcome: { type: 'succeeded' },
    tree: { ...withLayer, containers: { ...tree.containers, [name]: changed } },
    layers: [...made, { id: rootLayer, kind: 'systree', container: name }],
  };
}

function hintFor({ logFile }: ActionContext, container: Container): string | undefined {
  const tail = logTail(logFile);
  if (!container.writable && /Read-only file system/i.test(tail)) {
    return 'The system tree is read-only. If the step has to change it, say `writable: true` in its `create-systree` step.';
  }
  if (/cannot run \/bin\/sh: No such file/.test(tail)) {
    return `The artifact \`${container.artifact}\` has no /bin/sh: it is not a system tree.`;
  }
  return undefined;
}

import type { Container } from '../machines/project-tree.ts';
import type { SandboxPolicy } from '../sandbox/policy.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { ActionContext, ActionResult, SandboxJob } from './action.ts';
import { logTail } from './log-tail.ts';
import { outcomeOfExit } from './outcome-of-exit.ts';
import { artifactPath, lowerPaths } from './tree-paths.ts';

/** Runs a command of a step in the container of a name; what it writes becomes a layer, and of a writable one two. */
export async function inContainer(
  name: string,
  {
    step,
    policy,
    files,
    command,
  }: Pick<SandboxJob, 'files' | 'command'> & {
    readonly step: Step;
    readonly policy: (isWritable: boolean) => SandboxPolicy;
  },
  context: ActionContext,
): Promise<ActionResult> {
  const { tree } = context;
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
    policy: policy(container.writable),
    ...(files === undefined ? {} : { files }),
    command,
  });
  const outcome = outcomeOfExit(exit, step);
  if (outcome.type !== 'succeeded') {
    const hint = outcome.type === 'failed' ? hintFor(context, container) : undefined;
    return { outcome: hint === undefined ? outcome : ({ ...outcome, hint } as typeof outcome), tree };
  }
  return succeeded({ name, container }, context, { layer, rootLayer });
}

function succeeded(
  { name, container }: { readonly name: string; readonly container: Container },
  { tree }: ActionContext,
  { layer, rootLayer }: { readonly layer: string; readonly rootLayer: string | undefined },
): ActionResult {
  const withLayer = { ...tree, workspace: [...tree.workspace, { type: 'layer' as const, id: layer }] };
  const made = [{ id: layer, kind: 'workspace' as const }];
  if (rootLayer === undefined) return { outcome: { type: 'succeeded' }, tree: withLayer, layers: made };
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

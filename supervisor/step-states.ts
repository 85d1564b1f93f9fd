import type { ActionSet } from '../actions/action-set.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { artifactPath, lowerPaths } from '../actions/tree-paths.ts';
import { optionalText } from '../actions/parameters.ts';
import { ContractorError } from '../errors.ts';
import type { Outcome } from '../machines/outcome.ts';
import { outcomeText } from '../machines/outcome.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import type { Store } from '../store/open-store.ts';
import type { AttemptResult } from './attempt.ts';
import type { FoundAttempt } from './find-attempt.ts';
import type { StepKeyInputs } from './step-key.ts';

/** What a project's file trees show at some moment: stacks of layers, topmost first, named relative to `trees/layers`. */
export interface TreeState {
  readonly tree: ProjectTree;
  /** What attempts have written on top of `tree` that is no layer of it, topmost first. */
  readonly unsealed?: readonly Unsealed[];
  /** Set while an attempt still writes: it can be looked at, and nothing can be put on top of it. */
  readonly moves?: true;
}

/** Layers that were not sealed: of an attempt that did not succeed, of a shell. */
export interface Unsealed {
  readonly workspace: string;
  readonly container?: readonly [name: string, layer: string];
}

/** Where a state is: before an attempt, or after it, which for one that failed is where it failed. */
export type Moment = 'before' | 'after';

/**
 * The state before or after an attempt; after one that runs, what it has written so far, for whoever only looks.
 *
 * @throws STEP_UNKNOWN when it is not kept, or not there yet
 */
export function stateOf(
  found: FoundAttempt,
  moment: Moment,
  { store, actions }: { readonly store: Store; readonly actions: ActionSet },
  { onlyLooks = false }: { readonly onlyLooks?: boolean } = {},
): TreeState {
  const { record, project, run, step } = found;
  const tree = (store.keyInputs(record.id) as StepKeyInputs | undefined)?.tree;
  if (moment === 'after' && record.type === 'ended' && record.outcome.type === 'succeeded') {
    return { tree: (record.result as AttemptResult).tree };
  }
  const name = `${run}:${project}:${step.id}`;
  if (tree === undefined) {
    throw new ContractorError(
      'STEP_UNKNOWN',
      `What \`${name}\` began with is not recorded: an older version of contractor built it.`,
      'Build again.',
    );
  }
  if (moment === 'before') return { tree };
  const attempt = `attempts/${record.id}`;
  const has = (layer: string): boolean => existsSync(join(store.paths.trees, attempt, layer));
  if (record.type === 'running' && !(onlyLooks && has('upper'))) {
    throw new ContractorError(
      'STEP_UNKNOWN',
      onlyLooks
        ? `\`${name}\` has written nothing yet that can be looked at.`
        : `\`${name}\` is not done: there is no state after it yet.`,
      'Wait for its end, or take the state before it with `--before`.',
    );
  }
  if (has('upper')) {
    const { usesContainer } = actions.named(step.action).declaration;
    const container = usesContainer === undefined ? undefined : optionalText(step, usesContainer);
    return {
      tree,
      ...(record.type === 'running' ? { moves: true } : {}),
      unsealed: [
        {
          workspace: `../${attempt}/upper`,
          ...(container !== undefined && has('root-upper')
            ? { container: [container, `../${attempt}/root-upper`] as const }
            : {}),
        },
      ],
    };
  }
  throw new ContractorError(
    'STEP_UNKNOWN',
    `Attempt ${record.number} of \`${name}\` left no files: ${record.type === 'running' ? 'it has just ended' : outcomeText(record.outcome as unknown as Outcome)}.`,
    'Take the state before it with `--before`, or another attempt with `#NUMBER`.',
  );
}

/** The layers of the workspace. */
export function workspaceStack({ tree, unsealed = [] }: TreeState): string[] {
  return [...unsealed.map(({ workspace }) => workspace), ...lowerPaths(tree.workspace)];
}

/** The layers over the system tree of a container, without that; undefined when there is no such container. */
export function containerLayers({ tree, unsealed = [] }: TreeState, name: string): string[] | undefined {
  const container = tree.containers[name];
  if (container === undefined) return undefined;
  const written = unsealed.flatMap((each) => (each.container?.[0] === name ? [each.container[1]] : []));
  return [...written, ...lowerPaths(container.layers)];
}

/** The whole system tree of a container. */
export function containerStack(state: TreeState, name: string): string[] | undefined {
  const container = state.tree.containers[name];
  const layers = containerLayers(state, name);
  if (container === undefined || layers === undefined) return undefined;
  return [...layers, artifactPath({ name: container.artifact, digest: container.digest })];
}

import type { ActionSet } from '../actions/action-set.ts';
import { shell } from '../actions/shell.ts';
import { ContractorError } from '../errors.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { FoundAttempt } from './find-attempt.ts';
import type { TreeState } from './step-states.ts';
import type { StepKeyInputs } from './step-key.ts';

/** The step whose container a shell gets, and on which trees. */
export interface ShellStep {
  readonly step: Step;
  readonly state: TreeState;
  /** Set when the step itself runs in no container, and the one of this name is taken in its place. */
  readonly borrowed?: string;
}

/**
 * The step itself, if it runs in a container. Else one in the container that is nearest: the last that was made
 * before it, or the first that is made after.
 *
 * @throws STEP_UNKNOWN when the project has none
 */
export function shellStep(
  found: FoundAttempt,
  state: TreeState,
  { store, actions }: { readonly store: Store; readonly actions: ActionSet },
): ShellStep {
  const { step, run, project, record } = found;
  if (actions.named(step.action).isolation(step).runsIn === 'container') return { step, state };
  const later = store
    .listAttempts(run, project)
    .filter(({ startedAt }) => startedAt >= record.startedAt)
    .flatMap(({ id }) => {
      const tree = (store.keyInputs(id) as StepKeyInputs | undefined)?.tree;
      return tree === undefined ? [] : [tree.containers];
    });
  const before = Object.entries(state.tree.containers).at(-1);
  const [name, container] = before ?? later.flatMap((containers) => Object.entries(containers)).at(0) ?? [];
  if (name === undefined || container === undefined) {
    throw new ContractorError(
      'STEP_UNKNOWN',
      `\`${run}:${project}:${step.id}\` runs in no container, and project \`${project}\` has made none: there is nothing to open a shell in.`,
      'Name a `shell` step, or look at its files with `contractor diff`.',
    );
  }
  return {
    borrowed: name,
    state: { ...state, tree: { ...state.tree, containers: { ...state.tree.containers, [name]: container } } },
    step: {
      ...step,
      action: shell.declaration.name,
      parameters: { [shell.declaration.usesContainer ?? '']: name, shell: '' },
    },
  };
}

import type { Project } from '../spec-schema/build-spec.ts';
import { projectMachine, stateName } from './project-machine.ts';

/** The machine of a project, to be drawn: plain JSON, taken from the machine itself. */
export interface MachineOutline {
  /** The name of the project. */
  readonly id: string;
  readonly initial: string;
  /** Those of the steps, in order, then the ends. */
  readonly states: readonly StateOutline[];
}

export interface StateOutline {
  readonly name: string;
  /** The id of the step that is done in it; absent in an end. */
  readonly step?: string;
  /** The first whose guard admits it is taken. */
  readonly transitions: readonly TransitionOutline[];
}

export interface TransitionOutline {
  readonly target: string;
  /** In words: `succeeded`, `failed, retries left`. */
  readonly when: string;
  /** The name of its guard in the machine; absent: whatever else may come. */
  readonly guard?: string;
  /** Names of the machine's actions. */
  readonly actions: readonly string[];
}

/** What is read of the machine's configuration. */
interface Configuration {
  readonly initial: string;
  readonly states: Readonly<Record<string, { readonly invoke?: Invocation }>>;
  /** Ways out of every state, after its own. */
  readonly on: Readonly<Record<string, readonly Transition[]>>;
}

interface Invocation {
  readonly id: string;
  readonly onDone: readonly Transition[];
}

interface Transition {
  readonly guard?: { readonly type: string; readonly params: { readonly type?: string } };
  readonly target: string;
  readonly actions?: { readonly type: string };
}

/** The outline of the machine that is made of `project`. */
export function machineOutline(project: Project): MachineOutline {
  const { initial, states, on } = projectMachine(project).config as unknown as Configuration;
  const names = [...project.steps.map(stateName), 'built', 'failed', 'cancelled'];
  const ofAll = Object.values(on).flat();
  return {
    id: project.name,
    initial,
    states: names.map((name): StateOutline => {
      const invoke = states[name]?.invoke;
      if (invoke === undefined) return { name, transitions: [] };
      return { name, step: invoke.id, transitions: [...invoke.onDone, ...ofAll].map(transitionOutline) };
    }),
  };
}

function transitionOutline({ guard, target, actions }: Transition): TransitionOutline {
  return {
    // The root names its own states with a dot before.
    target: target.replace(/^\./, ''),
    when: guard === undefined ? 'failed' : inWords(guard),
    ...(guard === undefined ? {} : { guard: guard.type }),
    actions: actions === undefined ? [] : [actions.type],
  };
}

function inWords({ type, params }: NonNullable<Transition['guard']>): string {
  if (type === 'mayRetry') return 'failed, retries left';
  if (type === 'mayFail') return 'failed, goes on all the same';
  return params.type ?? type;
}

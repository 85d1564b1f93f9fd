import type { Project } from '../spec-schema/build-spec.ts';
import { projectMachine, stateName } from './project-machine.ts';
import type { Pausing } from './project-machine.ts';

/** The machine of a project, to be drawn: plain JSON, taken from the machine itself. */
export interface MachineOutline {
  /** The name of the project. */
  readonly id: string;
  readonly initial: string;
  /** Those of the steps, in order; then `paused`, of a machine that may pause; then the ends. */
  readonly states: readonly StateOutline[];
}

/** One state, with the ways that lead out of it. */
export interface StateOutline {
  readonly name: string;
  /** The id of the step that is done in it; absent in an end, and in `paused`. */
  readonly step?: string;
  /** The first whose guard admits it is taken. */
  readonly transitions: readonly TransitionOutline[];
}

/** One way from a state to another. */
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
  readonly states: Readonly<Record<string, { readonly invoke?: Invocation; readonly on?: Decisions }>>;
  /** Ways out of every state, after its own. */
  readonly on: Readonly<Record<string, readonly Transition[]>>;
}

/** Ways out of `paused`, by the decision. */
type Decisions = Readonly<Record<string, Transition | readonly Transition[]>>;

interface Invocation {
  readonly id: string;
  readonly onDone: readonly Transition[];
}

interface Transition {
  readonly guard?: { readonly type: string; readonly params: { readonly type?: string; readonly step?: string } };
  readonly target: string;
  readonly actions?: Named | readonly Named[];
}

/** An action by its name, with or without what it gets. */
type Named = string | { readonly type: string };

/** The outline of the machine that is made of `project`; as one that pauses, where `pausing` says so. */
export function machineOutline(project: Project, pausing?: Pausing): MachineOutline {
  const { initial, states, on } = projectMachine(project, undefined, pausing).config as unknown as Configuration;
  const names = [...project.steps.map(stateName), ...('paused' in states ? ['paused'] : []), ...ENDS];
  const ofAll = Object.values(on).flat();
  return {
    id: project.name,
    initial,
    states: names.map((name): StateOutline => {
      const { invoke, on: decisions = {} } = states[name] ?? {};
      if (invoke === undefined) return { name, transitions: decisionOutlines(decisions) };
      return { name, step: invoke.id, transitions: [...invoke.onDone, ...ofAll].map(transitionOutline) };
    }),
  };
}

const ENDS = ['built', 'failed', 'cancelled'] as const;

function decisionOutlines(decisions: Decisions): TransitionOutline[] {
  return Object.entries(decisions).flatMap(([decision, ways]) =>
    [ways].flat().map((way: Transition): TransitionOutline => {
      const at = way.guard?.params.step;
      return {
        ...transitionOutline(way),
        when: `${DECISIONS[decision] ?? decision}${at === undefined ? '' : ` ${at}`}`,
      };
    }),
  );
}

/** What a person says, as the terminal has it. */
const DECISIONS: Readonly<Record<string, string>> = {
  GO_ON: 'retry',
  SKIP: 'skip',
  GIVE_UP: 'give up',
  CANCEL: 'cancelled',
};

function transitionOutline({ guard, target, actions = [] }: Transition): TransitionOutline {
  return {
    // The root names its own states with a dot before.
    target: target.replace(/^\./, ''),
    when: guard === undefined ? 'failed' : inWords(guard),
    ...(guard === undefined ? {} : { guard: guard.type }),
    actions: [actions].flat().map((action: Named) => (typeof action === 'string' ? action : action.type)),
  };
}

function inWords({ type, params }: NonNullable<Transition['guard']>): string {
  if (type === 'mayRetry') return 'failed, retries left';
  if (type === 'mayFail') return 'failed, goes on all the same';
  return params.type ?? type;
}

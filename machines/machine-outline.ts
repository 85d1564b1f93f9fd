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
}

interface Invocation {
  readonly id: string;
  readonly onDone: readonly {
    readonly guard?: { readonly type: string; readonly params: unknown };
    readonly target: string;
    readonly actions?: { readonly type: string };
  }[];
}

/** The outline of the machine that is made of `project`. */
export function machineOutline(project: Project): MachineOutline {
  const { initial, states } = projectMachine(project).config as unknown as Configuration;
  // JavaScript puts keys that look like numbers first; a state's name never does, but the order is what it is.
  const names = [...project.steps.map(stateName), 'built', 'failed', 'cancelled'];
  return {
    id: project.name,
    initial,
    states: names.map((name): StateOutline => {
      const invoke = states[name]?.invoke;
      if (invoke === undefined) return { name, transitions: [] };
      return {
        name,
        step: invoke.id,
        transitions: invoke.onDone.map(({ guard, target, actions }) => ({
          target,
          when: guard === undefined ? 'failed' : inWords(guard),
          ...(guard === undefined ? {} : { guard: guard.type }),
          actions: actions === undefined ? [] : [actions.type],
        })),
      };
    }),
  };
}

function inWords({ type, params }: { readonly type: string; readonly params: unknown }): string {
  if (type === 'mayRetry') return 'failed, retries left';
  if (type === 'mayFail') return 'failed, goes on all the same';
  const given = (params as (scope: object) => { readonly type: string })({ event: { output: {} } });
  return given.type;
}

import { createHash } from 'node:crypto';
import { createActor, fromPromise } from 'xstate';
import type { AnyStateMachine, InspectionEvent, Snapshot } from 'xstate';
import { ContractorError } from '../errors.ts';
import { machineOfSave } from '../machines/project-machine.ts';
import type { Decision, PausedAt, Pausing, ProjectEnd, StepInput, StepOutput } from '../machines/project-machine.ts';
import type { Project } from '../spec-schema/build-spec.ts';

/** A save: a machine's snapshot, and of which machine. */
interface Save {
  readonly format: 1;
  readonly machineDigest: string;
  readonly snapshot: unknown;
}

/** What is to be kept of a machine: the name of its state, opaque JSON, and in the last state how the project ended. */
export interface ProjectSave {
  readonly state: string;
  readonly save: unknown;
  readonly end?: ProjectEnd;
}

/** A project that waits for a decision; its save is where the next process goes on. */
export interface Paused {
  readonly type: 'paused';
  readonly at: PausedAt;
}

/**
 * Runs the machine of one project to its end, or until it pauses, from its save if there is one.
 *
 * A save of a paused machine is gone on with by `decision`; without one it pauses at once.
 *
 * Each project is its own root actor with its own save, written between deciding
 * and doing: after the machine has taken a transition, before a step of the new
 * state starts and before any observer hears of it. (Saving from a subscription,
 * as XState's documentation has it, saves after the step has started.)
 *
 * Resolves with the end; rejects when the store fails or there is a bug.
 */
export async function superviseProject(
  {
    project,
    save,
    pausing,
    decision,
  }: {
    readonly project: Project;
    readonly save: unknown;
    readonly pausing?: Pausing | undefined;
    readonly decision?: Decision | undefined;
  },
  {
    keep,
    runStep,
    inspect,
  }: {
    /** Called with each save, which is on disk when it returns. */
    readonly keep: (save: ProjectSave) => void;
    readonly runStep: (input: StepInput) => Promise<StepOutput>;
    readonly inspect?: ((event: InspectionEvent) => void) | undefined;
  },
): Promise<ProjectEnd | Paused> {
  const service = fromPromise<StepOutput, StepInput>(({ input }) => runStep(input));
  const saved = save as Save | null | undefined;
  // An inspector is shown the whole machine.
  const state = saved && inspect === undefined ? stateOf(saved.snapshot) : undefined;
  const { machine, data } = machineOfSave({ project, pausing }, { state, runStep: service });
  const machineDigest = createHash('sha256').update(data).digest('hex');
  if (saved && saved.machineDigest !== machineDigest) {
    throw new ContractorError(
      'RUN_OF_OTHER_SPEC',
      `Project \`${project.name}\` was last saved by another version of contractor, which made another machine of it.`,
      'Build it anew with `contractor build`.',
    );
  }
  const write = (snapshot: Snapshot<unknown>): void => {
    const written: Save = { format: 1, machineDigest, snapshot: persisted(machine, snapshot) };
    const state = stateOf(snapshot);
    keep({ state, save: written, ...(snapshot.status === 'done' ? { end: state as ProjectEnd } : {}) });
  };
  return await new Promise<ProjectEnd | Paused>((resolve, reject) => {
    const actor = createActor(savedBetween(machine, write), {
      ...(saved ? { snapshot: saved.snapshot as Snapshot<unknown> } : {}),
      ...(inspect === undefined ? {} : { inspect }),
    });
    const pauseIfAny = (): void => {
      const { value, context } = actor.getSnapshot() as { value: unknown; context: { pausedAt?: PausedAt } };
      if (value !== 'paused' || context.pausedAt === undefined) return;
      resolve({ type: 'paused', at: context.pausedAt });
      actor.stop();
    };
    let isDecided = false;
    actor.subscribe({
      next: () => {
        if (isDecided) pauseIfAny();
      },
      error: reject,
      complete: () => resolve(stateOf(actor.getSnapshot()) as ProjectEnd),
    });
    actor.start();
    if (decision !== undefined && stateOf(actor.getSnapshot()) === 'paused') actor.send(decision);
    isDecided = true;
    pauseIfAny();
  });
}

/** The snapshot as JSON. The context is that already, and may be large: XState need not look through it for actors. */
function persisted(machine: AnyStateMachine, snapshot: Snapshot<unknown>): unknown {
  const { context } = snapshot as { readonly context?: unknown };
  return { ...machine.getPersistedSnapshot({ ...snapshot, context: {} } as never), context };
}

function savedBetween(machine: AnyStateMachine, write: (snapshot: Snapshot<unknown>) => void): AnyStateMachine {
  const saved: Pick<AnyStateMachine, 'getInitialSnapshot' | 'transition'> = {
    getInitialSnapshot: (scope, input) => {
      const snapshot = machine.getInitialSnapshot(scope, input);
      write(snapshot);
      return snapshot;
    },
    transition: (snapshot, event, scope) => {
      const next = machine.transition(snapshot, event, scope);
      // A machine that broke is gone on with from where it stood before.
      if (next !== snapshot && event.type !== 'xstate.stop' && next.status !== 'error') write(next);
      return next;
    },
  };
  // XState calls only what a machine has as own properties, bound in its constructor.
  return Object.assign(Object.create(machine) as AnyStateMachine, saved);
}

function stateOf(snapshot: unknown): string {
  return String((snapshot as { value?: unknown }).value);
}

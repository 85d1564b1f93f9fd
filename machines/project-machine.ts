import { assign, fromPromise, setup } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import type { Project, Step } from '../spec-schema/build-spec.ts';
import type { Outcome } from './outcome.ts';
import { EMPTY_TREE } from './project-tree.ts';
import type { ProjectTree } from './project-tree.ts';
import { backOffMs, isTemporary, whatFollows } from './what-follows.ts';

/** What a project's machine remembers: plain JSON, so that a save loses nothing. */
export interface ProjectContext {
  /** What the steps have made so far. */
  readonly tree: ProjectTree;
  /** The attempt of the present step, counted from 1. */
  readonly attempt: number;
  /** Before this the attempt does not begin, in milliseconds since 1970; set after a temporary failure only. */
  readonly retryAt?: number | undefined;
  /** Steps that failed for good and were passed over, because they say `continue-on-failure`. */
  readonly passedOver: readonly string[];
}

/** What the service behind a step gets. */
export interface StepInput {
  readonly step: string;
  readonly attempt: number;
  readonly tree: ProjectTree;
  /** When the attempt may begin, in milliseconds since 1970; absent: at once. */
  readonly notBefore?: number;
}

/** What the service behind a step resolves with; it never rejects for what a step does. */
export interface StepOutput {
  readonly outcome: Outcome;
  /** The project's tree after the step; as it was, when the step did not succeed. */
  readonly tree: ProjectTree;
  /** In milliseconds since 1970: the machine itself has no clock. */
  readonly endedAt: number;
}

/** The ends of a project, which are also the names of its machine's final states. */
export type ProjectEnd = 'built' | 'failed' | 'cancelled';

/**
 * The machine of one project: a state for each step, in order, then an end. A
 * failed step with attempts left re-enters its own state; one that may fail is
 * passed over. After a temporary failure the next attempt gets a time before which
 * it may not begin: an absolute one, in the save, as a restart loses XState's timers.
 *
 *    ┌─────────┐ succeeded  ┌───────────┐ succeeded  ┌───────┐
 *    │ 1 fetch ├───────────►│ 2 compile ├───────────►│ built │
 *    └┬─▲─┬────┘            └─┬─▲─┬─────┘            └───────┘
 *     └─┘ │ none left         └─┘ │                  ┌────────┐
 *         ├───────────────────────┴─────────────────►│ failed │
 *         │                                          └────────┘
 *         │ cancelled                                ┌───────────┐
 *         └─────────────────────────────────────────►│ cancelled │
 *                                                    └───────────┘
 *
 * The one hole is the service `runStep`; whoever runs the machine provides it.
 * The same project gives the same machine, byte for byte.
 */
export function projectMachine(project: Project): AnyStateMachine {
  const names = project.steps.map(stateName);
  const states = project.steps.map((step, index) => [
    names[index],
    stepState(step, { own: names[index] ?? '', next: names[index + 1] ?? 'built' }),
  ]);
  return base.createMachine({
    id: project.name,
    context: { tree: EMPTY_TREE, attempt: 1, passedOver: [] },
    initial: names[0] ?? 'built',
    states: {
      ...(Object.fromEntries(states) as Record<string, ReturnType<typeof stepState>>),
      built: { type: 'final' },
      failed: { type: 'final' },
      cancelled: { type: 'final' },
    },
  });
}

/** The state of a step, as a person reads it: its place and its title. XState keeps `.`, `#` and `\` for itself. */
export function stateName(step: Step, index: number): string {
  return `${index + 1} ${step.title.replaceAll(/[.#\\]/g, '_')}`;
}

const base = setup({
  types: {} as { context: ProjectContext },
  actors: {
    runStep: fromPromise<StepOutput, StepInput>(() => Promise.reject(new Error('no service for `runStep`'))),
  },
  actions: {
    takeTree: assign((_, { tree }: { readonly tree: ProjectTree }) => ({
      tree,
      attempt: 1,
      retryAt: undefined,
    })),
    countAttempt: assign(({ context }, { outcome, endedAt }: StepOutput) => ({
      attempt: context.attempt + 1,
      retryAt: isTemporary(outcome) ? endedAt + backOffMs(context.attempt) : undefined,
    })),
    passOver: assign(({ context }, { step }: { readonly step: string }) => ({
      attempt: 1,
      retryAt: undefined,
      passedOver: [...context.passedOver, step],
    })),
  },
  guards: {
    outcomeIs: (_, { outcome, type }: { readonly outcome: Outcome; readonly type: Outcome['type'] }) =>
      outcome.type === type,
    mayRetry: ({ context: { attempt } }, { outcome, step }: Failure) =>
      whatFollows(outcome, { attempt, step }) === 'retry',
    mayFail: ({ context: { attempt } }, { outcome, step }: Failure) =>
      whatFollows(outcome, { attempt, step }) === 'continue',
  },
});

interface Failure {
  readonly outcome: Outcome;
  readonly step: Pick<Step, 'retries' | 'continueOnFailure'>;
}

interface StepDone {
  readonly event: { readonly output: StepOutput };
}

function stepState(step: Step, { own, next }: { readonly own: string; readonly next: string }) {
  const outcomeIs = (type: Outcome['type']) => ({
    type: 'outcomeIs' as const,
    params: ({ event }: StepDone) => ({ outcome: event.output.outcome, type }),
  });
  const { continueOnFailure, retries } = step;
  const failure = ({ event }: StepDone): Failure => ({
    outcome: event.output.outcome,
    step: { continueOnFailure, ...(retries === undefined ? {} : { retries }) },
  });
  return base.createStateConfig({
    description: step.title,
    invoke: {
      id: step.id,
      src: 'runStep',
      input: ({ context: { attempt, tree, retryAt } }) => ({
        step: step.id,
        attempt,
        tree,
        ...(retryAt === undefined ? {} : { notBefore: retryAt }),
      }),
      onDone: [
        {
          guard: outcomeIs('succeeded'),
          target: next,
          actions: { type: 'takeTree', params: ({ event }: StepDone) => ({ tree: event.output.tree }) },
        },
        { guard: outcomeIs('cancelled'), target: 'cancelled' },
        {
          guard: { type: 'mayRetry', params: failure },
          target: own,
          reenter: true,
          actions: { type: 'countAttempt', params: ({ event }: StepDone) => event.output },
        },
        {
          guard: { type: 'mayFail', params: failure },
          target: next,
          actions: { type: 'passOver', params: { step: step.id } },
        },
        { target: 'failed' },
      ],
    },
  });
}

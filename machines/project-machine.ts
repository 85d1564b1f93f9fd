import { assign, fromPromise, setup } from 'xstate';
import type { AnyStateMachine, PromiseActorLogic } from 'xstate';
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
 * That a step ends the project is said once, for all of them, by the root: XState makes an
 * object of each way out of each state.
 *
 * The one hole is the service `runStep`; whoever runs the machine gives it. (Giving it
 * afterwards, with `provide`, makes the whole machine a second time.)
 * The same project gives the same machine, byte for byte.
 */
export function projectMachine(project: Project, runStep: StepService = noService): AnyStateMachine {
  const names = project.steps.map(stateName);
  const states = project.steps.map((step, index) => [
    names[index],
    stepState(step, { own: names[index] ?? '', next: names[index + 1] ?? 'built' }),
  ]);
  return withService(runStep).createMachine({
    id: project.name,
    context: { tree: EMPTY_TREE, attempt: 1, passedOver: [] },
    initial: names[0] ?? 'built',
    states: {
      ...(Object.fromEntries(states) as Record<string, ReturnType<typeof stepState>>),
      built: { type: 'final' },
      failed: { type: 'final' },
      cancelled: { type: 'final' },
    },
    on: { 'xstate.done.actor.*': [{ guard: CANCELLED, target: '.cancelled' }, { target: '.failed' }] },
  });
}

/** The state of a step, as a person reads it: its place and its title. XState keeps `.`, `#` and `\` for itself. */
export function stateName(step: Step, index: number): string {
  return `${index + 1} ${step.title.replaceAll(/[.#\\]/g, '_')}`;
}

type StepService = PromiseActorLogic<StepOutput, StepInput>;

const noService: StepService = fromPromise(() => Promise.reject(new Error('no service for `runStep`')));

const withService = (runStep: StepService) =>
  setup({
    types: {} as { context: ProjectContext },
    actors: { runStep },
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
      outcomeIs: ({ event }, { type }: { readonly type: Outcome['type'] }) => outcomeOf(event).type === type,
      mayRetry: ({ context: { attempt }, event }, step: FailurePolicy) =>
        whatFollows(outcomeOf(event), { attempt, step }) === 'retry',
      mayFail: ({ context: { attempt }, event }, step: FailurePolicy) =>
        whatFollows(outcomeOf(event), { attempt, step }) === 'continue',
    },
  });

/** What a step says of its failures. */
type FailurePolicy = Pick<Step, 'retries' | 'continueOnFailure'>;

interface StepDone {
  readonly event: { readonly output: StepOutput };
}

/** Of the end of a service: these guards stand nowhere else. */
function outcomeOf(event: object): Outcome {
  return (event as StepDone['event']).output.outcome;
}

// Parts that all states have in common: one object of each, and not one for each state.
const SUCCEEDED = { type: 'outcomeIs', params: { type: 'succeeded' } } as const;
const CANCELLED = { type: 'outcomeIs', params: { type: 'cancelled' } } as const;
const TAKE_TREE = { type: 'takeTree', params: ({ event }: StepDone) => ({ tree: event.output.tree }) } as const;
const COUNT_ATTEMPT = { type: 'countAttempt', params: ({ event }: StepDone) => event.output } as const;

function stepState(step: Step, { own, next }: { readonly own: string; readonly next: string }) {
  const { retries, continueOnFailure } = step;
  const policy: FailurePolicy = { ...(retries === undefined ? {} : { retries }), continueOnFailure };
  return stateConfigs.createStateConfig({
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
        { guard: SUCCEEDED, target: next, actions: TAKE_TREE },
        { guard: { type: 'mayRetry', params: policy }, target: own, reenter: true, actions: COUNT_ATTEMPT },
        ...(continueOnFailure
          ? [
              {
                guard: { type: 'mayFail', params: policy } as const,
                target: next,
                actions: { type: 'passOver', params: { step: step.id } } as const,
              },
            ]
          : []),
      ],
    },
  });
}

const stateConfigs = withService(noService);

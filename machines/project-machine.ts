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
  /** Steps that failed for good and were passed over, because they say `continue-on-failure` or somebody said so. */
  readonly passedOver: readonly string[];
  /** Where the machine waits for a {@link Decision}; in the state `paused` only. */
  readonly pausedAt?: PausedAt | undefined;
}

/** The step that a paused project is at, and what is the matter: it failed for good, or a break was asked for before it. */
export interface PausedAt {
  readonly step: string;
  readonly because: 'failure' | 'break';
}

/** Where a project is to pause instead of going on. */
export interface Pausing {
  readonly onFailure: boolean;
  /** Ids of steps. */
  readonly before: readonly string[];
}

/** What a paused project hears. `GO_ON`: do the step, once more if it failed. `SKIP`: go on after it. */
export type Decision = { readonly type: 'GO_ON' | 'SKIP' | 'GIVE_UP' | 'CANCEL' };

const NO_PAUSE: Pausing = { onFailure: false, before: [] };

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
 * With `pausing` there is one more state, `paused`, which takes the place of `failed` or stands before a step, and is
 * left by a {@link Decision} alone: to the step, to the one after it, or to an end. Without, the machine has none.
 *
 * The one hole is the service `runStep`; whoever runs the machine gives it. (Giving it
 * afterwards, with `provide`, makes the whole machine a second time.)
 * The same project, and the same `pausing`, give the same machine, byte for byte.
 */
export function projectMachine(
  project: Project,
  runStep: StepService = noService,
  pausing: Pausing = NO_PAUSE,
): AnyStateMachine {
  return withService(runStep).createMachine(projectConfig(project, pausing));
}

/**
 * The machine for a save that is in `state`, or for none, and the data of the whole of it as JSON, which is the same for every save. It does
 * without the states that lie behind: XState makes an object of each, and no way leads back to one. Out of a pause one
 * does, so a machine that may pause has them all.
 */
export function machineOfSave(
  { project, pausing = NO_PAUSE }: { readonly project: Project; readonly pausing?: Pausing | undefined },
  { state, runStep }: { readonly state: string | undefined; readonly runStep: StepService },
): { readonly machine: AnyStateMachine; readonly data: string } {
  const config = projectConfig(project, pausing);
  const states = Object.entries(config.states);
  const behind = 'paused' in config.states ? 0 : states.findIndex(([name]) => name === state);
  const left = { initial: state, states: Object.fromEntries(states.slice(behind)) as typeof config.states };
  const machine = withService(runStep).createMachine(behind > 0 ? { ...config, ...left } : config);
  return { machine, data: JSON.stringify(config) };
}

function projectConfig(project: Project, pausing: Pausing) {
  const names = project.steps.map(stateName);
  const breaks = new Set(pausing.before);
  const ways = project.steps.map((step, index): Way => {
    const next = project.steps[index + 1];
    const breakBefore = next !== undefined && breaks.has(next.id) ? next.id : undefined;
    return { step, own: names[index] ?? '', next: names[index + 1] ?? 'built', breakBefore };
  });
  const states = ways.map((way) => [way.own, stepState(way)]);
  const [first] = project.steps;
  const beginsPaused = first !== undefined && breaks.has(first.id);
  const mayPause = pausing.onFailure || project.steps.some(({ id }) => breaks.has(id));
  return {
    id: project.name,
    context: {
      tree: EMPTY_TREE,
      attempt: 1,
      passedOver: [],
      ...(beginsPaused ? { pausedAt: { step: first.id, because: 'break' as const } } : {}),
    },
    initial: beginsPaused ? 'paused' : (names[0] ?? 'built'),
    states: {
      ...(Object.fromEntries(states) as Record<string, ReturnType<typeof stepState>>),
      ...(mayPause ? { paused: pausedState(ways) } : {}),
      built: { type: 'final' as const },
      failed: { type: 'final' as const },
      cancelled: { type: 'final' as const },
    },
    on: {
      'xstate.done.actor.*': [
        { guard: CANCELLED, target: '.cancelled' },
        pausing.onFailure ? { target: '.paused', actions: PAUSE_AT_FAILURE } : { target: '.failed' },
      ],
    },
  };
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
      pauseAt: assign((_, pausedAt: PausedAt) => ({ pausedAt })),
      goOn: assign(({ context: { attempt, pausedAt } }) => ({
        attempt: pausedAt?.because === 'failure' ? attempt + 1 : attempt,
        retryAt: undefined,
        pausedAt: undefined,
      })),
      unpause: assign({ pausedAt: undefined }),
    },
    guards: {
      outcomeIs: ({ event }, { type }: { readonly type: Outcome['type'] }) => outcomeOf(event).type === type,
      isPausedAt: ({ context: { pausedAt } }, { step }: { readonly step: string }) => pausedAt?.step === step,
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

/** A step fails for good: the event is of the service that was invoked by its id. */
const PAUSE_AT_FAILURE = {
  type: 'pauseAt',
  params: ({ event }: { readonly event: object }): PausedAt => ({
    step: (event as { readonly actorId: string }).actorId,
    because: 'failure',
  }),
} as const;

/** A step with the states around it. */
interface Way {
  readonly step: Step;
  readonly own: string;
  readonly next: string;
  /** The next step, when the project is to pause before it. */
  readonly breakBefore: string | undefined;
}

/** Where a step that is done or passed over leads, and what the machine notes on the way. */
function onward<Action>({ next, breakBefore }: Way, action: Action) {
  if (breakBefore === undefined) return { target: next, actions: action };
  const pause = { type: 'pauseAt', params: { step: breakBefore, because: 'break' } } as const;
  return { target: 'paused', actions: [action, pause] };
}

function pausedState(ways: readonly Way[]) {
  const at = ({ id }: Step) => ({ type: 'isPausedAt', params: { step: id } }) as const;
  return stateConfigs.createStateConfig({
    description: 'waits for a decision',
    on: {
      GO_ON: ways.map(({ step, own }) => ({ guard: at(step), target: own, actions: 'goOn' as const })),
      SKIP: ways.map((way) => {
        const { target, actions } = onward(way, { type: 'passOver', params: { step: way.step.id } } as const);
        return { guard: at(way.step), target, actions: ['unpause' as const, ...[actions].flat()] };
      }),
      GIVE_UP: { target: 'failed', actions: 'unpause' },
      CANCEL: { target: 'cancelled', actions: 'unpause' },
    },
  });
}

function stepState(way: Way) {
  const { step, own } = way;
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
        { guard: SUCCEEDED, ...onward(way, TAKE_TREE) },
        { guard: { type: 'mayRetry', params: policy }, target: own, reenter: true, actions: COUNT_ATTEMPT },
        ...(continueOnFailure
          ? [
              {
                guard: { type: 'mayFail', params: policy } as const,
                ...onward(way, { type: 'passOver', params: { step: step.id } } as const),
              },
            ]
          : []),
      ],
    },
  });
}

const stateConfigs = withService(noService);

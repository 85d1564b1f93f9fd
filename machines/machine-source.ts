import type { AnyStateMachine } from 'xstate';
import type { Project } from '../spec-schema/build-spec.ts';
import { functionText, keyText, valueText } from './expression.ts';
import { projectMachine } from './project-machine.ts';
import type { Pausing } from './project-machine.ts';
import { LONGEST_BACK_OFF_MS, RETRIES_OF_TEMPORARY_FAILURE, backOffMs } from './what-follows.ts';

/**
 * A module that makes the machine of `project`: to be pasted into Stately Studio,
 * or to be run. Its structure and parameters are printed from the machine
 * itself; guards and actions are those of {@link projectMachine} in plain JavaScript. A
 * test walks both through the same outcomes.
 */
export function machineSource(project: Project, pausing?: Pausing): string {
  const { config } = projectMachine(project, undefined, pausing) as AnyStateMachine;
  return `${IMPLEMENTATIONS}.createMachine(${literalText(config, '')});\n`;
}

const IMPLEMENTATIONS = `import { assign, fromPromise, setup } from 'xstate';

// What a failed attempt is followed by: \`retry\`, \`continue\` or \`end\`.
const isTemporary = (outcome) => outcome.type === 'failed' && outcome.temporary === true;
const whatFollows = (outcome, { attempt, step }) => {
  if (outcome.type === 'succeeded') return undefined;
  if (outcome.type === 'cancelled') return 'end';
  const retries = step.retries ?? (isTemporary(outcome) ? ${RETRIES_OF_TEMPORARY_FAILURE} : 0);
  if (outcome.type !== 'refused' && attempt <= retries) return 'retry';
  return step.continueOnFailure ? 'continue' : 'end';
};
const backOffMs = (attempt) => [${[1, 2, 3].map(backOffMs).join(', ')}][attempt - 1] ?? ${LONGEST_BACK_OFF_MS};

export const machine = setup({
  actors: {
    // contractor runs the step \`input.step\` here; in this machine each succeeds at once.
    runStep: fromPromise(async ({ input }) => ({ outcome: { type: 'succeeded' }, tree: input.tree, endedAt: Date.now() })),
  },
  actions: {
    takeTree: assign((_, { tree }) => ({ tree, attempt: 1, retryAt: undefined })),
    countAttempt: assign(({ context }, { outcome, endedAt }) => ({
      attempt: context.attempt + 1,
      retryAt: isTemporary(outcome) ? endedAt + backOffMs(context.attempt) : undefined,
    })),
    passOver: assign(({ context }, { step }) => ({
      attempt: 1,
      retryAt: undefined,
      passedOver: [...context.passedOver, step],
    })),
    // Of a machine that pauses.
    pauseAt: assign((_, pausedAt) => ({ pausedAt })),
    goOn: assign(({ context: { attempt, pausedAt } }) => ({
      attempt: pausedAt?.because === 'failure' ? attempt + 1 : attempt,
      retryAt: undefined,
      pausedAt: undefined,
    })),
    unpause: assign({ pausedAt: undefined }),
  },
  guards: {
    outcomeIs: ({ event }, { type }) => event.output.outcome.type === type,
    isPausedAt: ({ context: { pausedAt } }, { step }) => pausedAt?.step === step,
    mayRetry: ({ context: { attempt }, event }, step) => whatFollows(event.output.outcome, { attempt, step }) === 'retry',
    mayFail: ({ context: { attempt }, event }, step) => whatFollows(event.output.outcome, { attempt, step }) === 'continue',
  },
})`;

/** Longer literals are broken over lines. */
const WIDEST = 100;

function literalText(value: unknown, indent: string): string {
  const flat = valueText(value, (each) => (typeof each === 'function' ? functionText(each as never) : undefined));
  if (flat.length + indent.length <= WIDEST || typeof value !== 'object' || value === null) return flat;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((each) => `${deeper}${literalText(each, deeper)},\n`).join('')}${indent}]`;
  }
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const lines = entries.map(([key, each]) => `${deeper}${keyText(key)}: ${literalText(each, deeper)},\n`);
  return `{\n${lines.join('')}${indent}}`;
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import type { AnyMachineSnapshot, EventObject } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { RETRIES_OF_TEMPORARY_FAILURE } from '../../machines/what-follows.ts';
import { projectMachine } from '../../machines/project-machine.ts';
import type { ProjectContext } from '../../machines/project-machine.ts';
import type { Project } from '../../spec-schema/build-spec.ts';
import { propertyRuns } from '../property-runs.ts';
import { drive, output, OUTCOME_TYPES, whatWasMade } from './drive.ts';
import type { OutcomeType } from './drive.ts';
import { projectModel, projectsOf } from './project-model.ts';

interface Completion extends EventObject {
  readonly answer: OutcomeType;
}

/** The running step of a state completes so. */
function completion(state: AnyMachineSnapshot, { type, nth }: { type: OutcomeType; nth: number }): Completion {
  const [step = ''] = Object.keys(state.children);
  const { tree } = state.context as ProjectContext;
  const event = { type: `xstate.done.actor.${step}`, actorId: step, output: output({ step, tree }, { type, nth }) };
  return { ...event, answer: type };
}

/** Every way to an end, as the answers that lead there: one for each end, last answer and set of steps passed over. */
function everyPath(project: Project): OutcomeType[][] {
  const paths = getShortestPaths(projectMachine(project), {
    events: (state: AnyMachineSnapshot) =>
      state.status === 'active' ? OUTCOME_TYPES.map((type) => completion(state, { type, nth: 0 })) : [],
    serializeState: (state: AnyMachineSnapshot, event: EventObject | undefined, before?: AnyMachineSnapshot) => {
      const { attempt, passedOver } = state.context as ProjectContext;
      const ended = state.status === 'active' ? [] : [before?.value, before?.context, (event as Completion).answer];
      return JSON.stringify([state.value, attempt, passedOver, ended]);
    },
    toState: (state: AnyMachineSnapshot) => state.status === 'done',
  });
  return paths.map(({ steps }) =>
    steps.map(({ event }) => (event as Partial<Completion>).answer).filter((answer) => answer !== undefined),
  );
}

/** The same path in no actor: one snapshot after the other. */
function purely(project: Project, answers: readonly OutcomeType[]) {
  const machine = projectMachine(project);
  let [state]: readonly [AnyMachineSnapshot, unknown] = initialTransition(machine);
  for (const [index, type] of answers.entries()) {
    [state] = transition(machine, state, completion(state, { type, nth: index + 1 }));
  }
  return { end: state.value as string, ...whatWasMade(state.context as ProjectContext) };
}

/** `failed s1#2 killed`: each end that a project can come to other than `built`, by which answer to which attempt. */
function failures({ steps }: Project): string[] {
  return steps.flatMap(({ id, retries, continueOnFailure }) => {
    const attempts = (retries ?? RETRIES_OF_TEMPORARY_FAILURE) + 1;
    return Array.from({ length: attempts }, (_, index) => index + 1).flatMap((attempt) => [
      `cancelled ${id}#${attempt} cancelled`,
      ...(['failed', 'temporary', 'killed', 'timed-out', 'limit-hit', 'refused'] as const)
        .filter((type) => {
          const granted =
            type === 'refused' ? 0 : (retries ?? (type === 'temporary' ? RETRIES_OF_TEMPORARY_FAILURE : 0));
          return !continueOnFailure && attempt > granted;
        })
        .map((type) => `failed ${id}#${attempt} ${type}`),
    ]);
  });
}

test('every path to an end ends in an actor, through any crashes, as it does purely and in the model', async () => {
  await fc.assert(
    fc.asyncProperty(projectsOf({ maxSteps: 3 }), fc.array(fc.nat(10)), async (project, crashes) => {
      const ends = new Set<string>();
      for (const answers of everyPath(project)) {
        const way = await drive(project, { answers, crashes });
        expect(way).toMatchObject(projectModel(project, answers));
        const end = way.path.at(-1);
        expect(purely(project, answers)).toEqual({ end, made: way.made, passedOver: way.passedOver });
        if (end !== 'built') ends.add(`${end} ${way.path.at(-2)} ${answers.at(-1)}`);
      }
      expect([...ends].toSorted()).toEqual(failures(project).toSorted());
    }),
    propertyRuns(20),
  );
});

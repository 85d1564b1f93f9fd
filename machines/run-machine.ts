import { enqueueActions, fromCallback, setup } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import type { ProjectEnd } from './project-machine.ts';
import { runDecision } from './run-decision.ts';
import type { ProjectFate, RunContext, RunProject } from './run-decision.ts';

export type RunEvent =
  | { readonly type: 'PROJECT_ENDED'; readonly project: string; readonly end: ProjectEnd | 'paused' }
  | { readonly type: 'CANCEL' };

/** What a run begins with; `fates` and `begun` are those of an earlier process that this one resumes. */
export interface RunInput {
  readonly projects: readonly RunProject[];
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly begun: readonly string[];
  readonly fates: Readonly<Record<string, ProjectFate>>;
}

/**
 * The machine over the projects of a run: starts each when those it needs are
 * built, at most `jobs` at a time, and skips what a failure makes impossible.
 *
 *    ┌──────────┐  every project has a fate  ┌───────┐
 *    │ building ├───────────────────────────►│ ended │
 *    └──────────┘                            └───────┘
 *
 * After a failure no further project is started (with `keepGoing`: none that needs it), nor while one is paused; those that run go on to their end.
 *
 * It is never saved: what it knows follows from the projects' own saves. Its one
 * hole is `runProject`, a child for each running project, which sends
 * `PROJECT_ENDED` once and understands `CANCEL`.
 */
export const runMachine: AnyStateMachine = setup({
  types: {} as { context: RunContext; events: RunEvent; input: RunInput },
  actors: {
    runProject: fromCallback<{ type: 'CANCEL' }, { readonly project: string }>(() => {
      throw new Error('no service for `runProject`');
    }),
  },
  actions: {
    startWhatCan: enqueueActions(({ context, enqueue }) => {
      const { fates, start } = runDecision(context);
      enqueue.assign({ fates, running: [...context.running, ...start] });
      for (const project of start) enqueue.spawnChild('runProject', { id: project, input: { project } });
    }),
    takeFate: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'PROJECT_ENDED') return;
      enqueue.stopChild(event.project);
      enqueue.assign({
        running: context.running.filter((name) => name !== event.project),
        fates: { ...context.fates, [event.project]: { end: event.end } },
      });
    }),
    cancelAll: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ cancelled: true });
      for (const project of context.running) enqueue.sendTo(project, { type: 'CANCEL' });
    }),
  },
  guards: {
    allEnded: ({ context }) => context.projects.every(({ name }) => context.fates[name] !== undefined),
  },
}).createMachine({
  id: 'run',
  context: ({ input }) => ({ ...input, running: [], cancelled: false }),
  initial: 'building',
  states: {
    building: {
      entry: 'startWhatCan',
      always: { guard: 'allEnded', target: 'ended' },
      on: {
        PROJECT_ENDED: { actions: ['takeFate', 'startWhatCan'] },
        CANCEL: { actions: ['cancelAll', 'startWhatCan'] },
      },
    },
    ended: { type: 'final' },
  },
});

import { enqueueActions, fromCallback, setup } from 'xstate';
import type { AnyStateMachine } from 'xstate';
import type { ProjectEnd } from './project-machine.ts';

/** A project as the run sees it. */
export interface RunProject {
  readonly name: string;
  readonly dependsOn: readonly string[];
}

/** `skipped`: it was never started, because of the project named `because` or because the run was cancelled. */
export type ProjectFate =
  | { readonly end: ProjectEnd | 'paused' }
  | { readonly end: 'skipped'; readonly because?: string }
  /** It was not started, as long as another project is paused. */
  | { readonly end: 'held' };

export interface RunContext {
  readonly projects: readonly RunProject[];
  readonly jobs: number;
  /** Whether a failure leaves alone what does not need the project that failed. */
  readonly keepGoing: boolean;
  /** Those that an earlier process had begun: they ran, so they go on, also after a failure. */
  readonly begun: readonly string[];
  readonly running: readonly string[];
  readonly fates: Readonly<Record<string, ProjectFate>>;
  readonly cancelled: boolean;
}

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
      const { fates, start } = decision(context);
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

/** Pure: which projects start now, and the fates that follow from those there are. */
export function decision(context: RunContext): {
  readonly start: readonly string[];
  readonly fates: Readonly<Record<string, ProjectFate>>;
} {
  const fates: Record<string, ProjectFate> = { ...context.fates };
  const start: string[] = [];
  const waits = (name: string): boolean => fates[name]?.end === 'paused' || fates[name]?.end === 'held';
  const isPaused = context.projects.some(({ name }) => waits(name));
  const failure = context.projects.find(({ name }) => hasFailed(fates[name]))?.name;
  for (const { name, dependsOn } of context.projects) {
    if (fates[name] !== undefined || context.running.includes(name)) continue;
    const broken = dependsOn.find((needed) => fates[needed] !== undefined && fates[needed].end !== 'built');
    if (context.cancelled) fates[name] = { end: 'skipped' };
    else if (broken !== undefined && waits(broken)) fates[name] = { end: 'held' };
    else if (broken !== undefined) fates[name] = { end: 'skipped', because: root(broken, fates) };
    else if (failure !== undefined && !context.keepGoing && !context.begun.includes(name))
      fates[name] = { end: 'skipped', because: failure };
    else if (isPaused && !context.begun.includes(name)) fates[name] = { end: 'held' };
    else if (
      context.running.length + start.length < context.jobs &&
      dependsOn.every((needed) => fates[needed]?.end === 'built')
    ) {
      start.push(name);
    }
  }
  return { start, fates };
}

function hasFailed(fate: ProjectFate | undefined): boolean {
  return fate?.end === 'failed';
}

/** The failure behind a skipped project, not the skipped one between. */
function root(project: string, fates: Readonly<Record<string, ProjectFate>>): string {
  const fate = fates[project];
  return fate?.end === 'skipped' && fate.because !== undefined ? fate.because : project;
}

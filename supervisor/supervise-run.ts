import { createActor, fromCallback } from 'xstate';
import { runMachine } from '../machines/run-machine.ts';
import type { ProjectFate, RunContext } from '../machines/run-decision.ts';
import type { Decision, Pausing, ProjectEnd } from '../machines/project-machine.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { RunEnd, RunResult } from './build-event.ts';
import { beginProject } from './begin-project.ts';
import { recordCheckpoint } from './checkpoint/record-checkpoint.ts';
import { momentOf } from './clocks.ts';
import { endLeftKeepers } from './end-left-keepers.ts';
import { KeeperHolder } from './keeper-holder.ts';
import { assertNotLeft, LeftRunning } from './left-running.ts';
import { runStep } from './run-step.ts';
import type { RunWorld } from './run-world.ts';
import { SkippedProjects } from './skipped-projects.ts';
import { superviseProject } from './supervise-project.ts';

/**
 * Runs the projects of a run to their ends, and records how each and the whole
 * ended. `fates` are those that an earlier process recorded.
 *
 * `left`: it is to be left, and some project has not ended; the others are not begun.
 * Rejects when the store fails or there is a bug; nothing runs any more then.
 */
export async function superviseRun(
  {
    projects,
    jobs,
    keepGoing,
    fates,
    begun,
    saves,
    signal,
    startedAt,
    pausing,
    decision,
  }: {
    readonly projects: readonly Project[];
    readonly jobs: number;
    readonly keepGoing: boolean;
    readonly fates: Readonly<Record<string, ProjectFate>>;
    /** Projects that an earlier process began and did not end. */
    readonly begun: readonly string[];
    /** What the machines of an earlier process were at, by project. */
    readonly saves: ReadonlyMap<string, unknown>;
    readonly signal: AbortSignal;
    /** By the host's clock. */
    readonly startedAt: number;
    /** Where its projects pause, by name; and what is decided of those that were paused. */
    readonly pausing: (project: Project) => Pausing | undefined;
    readonly decision: (project: string) => Decision | undefined;
  },
  world: RunWorld,
): Promise<RunEnd> {
  const { run, store, events } = world;
  let broken: Error | undefined;
  let isLeft = false;
  const breakWith = (error: unknown): void => {
    broken ??= error instanceof Error ? error : new Error(String(error));
  };
  const runProject = fromCallback<{ type: 'CANCEL' }, { readonly project: string }>(({ input, sendBack, receive }) => {
    const project = projects.find(({ name }) => name === input.project);
    if (project === undefined) throw new Error(`no project ${input.project}`);
    const cancelled = new AbortController();
    if (signal.aborted) cancelled.abort(signal.reason);
    receive(() => cancelled.abort(signal.reason));
    buildProject(project, {
      world,
      signal: cancelled.signal,
      save: saves.get(project.name),
      pausing: pausing(project),
      decision: signal.aborted ? { type: 'CANCEL' } : decision(project.name),
    })
      .catch((error: unknown): ProjectEnd | 'paused' => {
        // While a project is paused, the machine of the run begins no other.
        if (error instanceof LeftRunning) {
          isLeft = true;
          return 'paused';
        }
        breakWith(error);
        return 'failed';
      })
      .then((end) => sendBack({ type: 'PROJECT_ENDED', project: project.name, end }))
      .catch(breakWith);
  });
  const skipped = new SkippedProjects(fates, { events, breakWith });
  const ended = await new Promise<RunContext>((resolve, reject) => {
    const actor = createActor(runMachine.provide({ actors: { runProject } }), {
      input: { projects: projects.map(({ name, dependsOn }) => ({ name, dependsOn })), jobs, keepGoing, fates, begun },
      ...(world.inspect === undefined ? {} : { inspect: world.inspect }),
    });
    actor.subscribe({
      next: (snapshot) => {
        const context = (snapshot as { context: RunContext }).context;
        // What a broken store keeps from being built is not skipped: it is to be built when the run is resumed.
        if (broken === undefined) skipped.note(context.fates);
      },
      error: reject,
      complete: () => resolve((actor.getSnapshot() as { context: RunContext }).context),
    });
    const cancel = (): void => {
      if ((actor.getSnapshot() as { status: string }).status === 'active') actor.send({ type: 'CANCEL' });
    };
    if (signal.aborted) queueMicrotask(cancel);
    else signal.addEventListener('abort', cancel, { once: true });
    actor.start();
  });
  await skipped.recorded();
  if (broken !== undefined) throw broken;
  if (isLeft) {
    await world.flusher.flush();
    return 'left';
  }
  await endLeftKeepers(world);
  const ends = Object.values(ended.fates).map(({ end }) => end);
  if (ends.includes('paused')) {
    await world.flusher.flush();
    return 'paused';
  }
  const result: RunResult = ends.includes('failed')
    ? 'failed'
    : ends.every((end) => end === 'built')
      ? 'built'
      : 'cancelled';
  // Nobody hears that a run has ended before its results, the marks on them and its end are on the disk.
  await world.flusher.flush();
  await events.commitDurably(
    (record) => {
      const { host, told } = momentOf(world);
      store.endRun(run, { endedAt: host, toldEndedAt: told, result });
      record({ type: 'run-ended', result, durationMs: host - startedAt });
    },
    () => store.flushRecords(),
  );
  return result;
}

async function buildProject(
  project: Project,
  {
    world,
    signal,
    save,
    pausing,
    decision,
  }: {
    readonly world: RunWorld;
    readonly signal: AbortSignal;
    readonly save: unknown;
    readonly pausing: Pausing | undefined;
    readonly decision: Decision | undefined;
  },
): Promise<ProjectEnd | 'paused'> {
  assertNotLeft(world);
  const { run, store, events, actions, hostNow } = world;
  const startedAt = hostNow();
  const hostDirectories = project.steps.flatMap((step) => actions.named(step.action).hostDirectories?.(step) ?? []);
  const keeper = new KeeperHolder(keeperOf(project, world), world, hostDirectories);
  const steps = new Map(project.steps.map((step) => [step.id, step]));
  let isLeft = false;
  try {
    if (save === undefined || save === null) {
      const begun = await beginProject(project, { world, signal });
      if (begun === 'built') return begun;
      if (world.checkpoint?.project === project.name && !signal.aborted) {
        recordCheckpoint(project, world.checkpoint, world);
      }
    } else events.commit((record) => record({ type: 'project-started', project: project.name }));
    const end = await superviseProject(
      { project, save, pausing, decision },
      {
        // The end and its event are one: a process that comes after us finds both or neither.
        keep: ({ state, save: saved, end }) =>
          events.commit((record) => {
            store.putSave(run, project.name, { state, save: saved });
            if (end === undefined) return;
            record({ type: 'project-ended', project: project.name, result: end, durationMs: hostNow() - startedAt });
          }),
        inspect: world.inspect,
        runStep: async (input) => {
          const step = steps.get(input.step);
          if (step === undefined) throw new Error(`no step ${input.step}`);
          const action = actions.named(step.action);
          return await runStep(input, { project: project.name, step, action, keeper, world, signal });
        },
      },
    );
    if (typeof end === 'string') return end;
    const { at } = end;
    events.commit((record) => record({ type: 'project-paused', project: project.name, ...at }));
    return 'paused';
  } catch (error) {
    isLeft = error instanceof LeftRunning;
    throw error;
  } finally {
    await (isLeft ? keeper.leave() : keeper.end());
  }
}

/** The keeper that an earlier process may have left to the project, if this is still the same boot. */
function keeperOf({ name }: Project, { run, continues, store, bootId, newId }: RunWorld): string {
  const last = [run, ...continues].map((each) => store.lastKeeper(each, name)).find(Boolean);
  return last?.bootId === bootId ? last.keeper : newId();
}

import type { Project } from '../spec-schema/build-spec.ts';
import { assessProject } from './assess/assess-projects.ts';
import type { Assessed } from './assess/assess-projects.ts';
import { assertNotLeft } from './left-running.ts';
import type { RunWorld } from './run-world.ts';
import { settleProject } from './settle-projects.ts';

/**
 * Says that a project of a run begins, and why it is built: what it needs is there by now. One that turns out to be
 * up to date, as what it needs came out as it was, is settled at once, and needs no machine.
 */
export async function beginProject(
  project: Project,
  { world, signal }: { readonly world: RunWorld; readonly signal: AbortSignal },
): Promise<'built' | 'begun'> {
  const { events, run, hostNow } = world;
  if (!signal.aborted) await world.outside.askAll([project]);
  assertNotLeft(world);
  let isSettled = false;
  events.commit((record) => {
    const started = { type: 'project-started', project: project.name } as const;
    if (signal.aborted) {
      record(started);
      return;
    }
    const assessed = assessNow(project, world);
    // Of a run that is gone on with there may be a step that still runs, to be found by the machine.
    if (assessed.type !== 'current' || world.continues.length > 0) {
      const { step, because } = assessed.type === 'stale' ? assessed : {};
      record({
        ...started,
        ...(step === undefined || because === undefined ? {} : { because: { step, cause: because } }),
      });
      return;
    }
    isSettled = true;
    record(started);
    const at = hostNow();
    for (const { step, attempt, from } of settleProject(assessed, { ...world, run }, record)) {
      record({ type: 'step-reused', project: project.name, step, attempt: 1, attemptId: attempt, from });
    }
    record({ type: 'project-ended', project: project.name, result: 'built', durationMs: hostNow() - at });
  });
  return isSettled ? 'built' : 'begun';
}

function assessNow(project: Project, world: RunWorld): Assessed {
  const { run, store, sandbox, begunAt, outside } = world;
  return assessProject(project, {
    store,
    actions: world.actions,
    sandbox,
    begunAt,
    outside,
    run,
    refusesReuse: (name, step) => world.refusesReuse(name, step),
    artifact: (name) => {
      const used = store.artifactsUsedBy(run).find((each) => each.name === name);
      return store.findArtifact(name, used?.version);
    },
  });
}

import { hostname } from 'node:os';
import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { RunClaim } from '../store/run-claims.ts';
import { momentOf } from './clocks.ts';
import type { Clocks } from './clocks.ts';
import { RunEvents } from './run-events.ts';

/**
 * The newest run of a specification's file when it was cut off or cancelled and nobody builds it, and
 * those that it went on with itself, newest first. None for a specification that is not of a file.
 */
export function unfinishedRuns(store: Store, source: string | null): readonly string[] {
  if (source === null) return [];
  const newest = store.newestRunOf(source);
  if (newest === undefined || (newest.ended !== null && newest.ended.result !== 'cancelled')) return [];
  if (store.runOwner(newest.id).type !== 'nobody') return [];
  return [newest.id, ...continuedBy(store, newest.continues)];
}

/** A run that was gone on with, and those before it. */
export function continuedBy(store: Store, continues: string | null): readonly string[] {
  const runs: string[] = [];
  for (let next = continues; next !== null && !runs.includes(next); next = store.getRun(next)?.continues ?? null) {
    runs.push(next);
  }
  return runs;
}

/** Owns the run that a new one goes on with, so that nobody resumes it meanwhile; undefined when somebody just did. */
export function claimContinued(store: Store, run: string, now: number): (RunClaim & { type: 'owned' }) | undefined {
  const claim = store.claimRun(run, { pid: process.pid, host: hostname(), since: now });
  return claim.type === 'owned' ? claim : undefined;
}

/** Ends a run that a newer one goes on with. */
export function endContinued(store: Store, run: string, clocks: Clocks): void {
  const stored = store.getRun(run);
  if (stored === undefined || stored.ended !== null) return;
  new RunEvents({ run, store, now: clocks.now }).commit((record) => {
    const { host, told } = momentOf(clocks);
    store.endRun(run, { endedAt: host, toldEndedAt: told, result: 'cancelled' });
    record({ type: 'run-ended', result: 'cancelled', durationMs: host - stored.createdAt });
  });
}

/** Steps that an earlier run has finished, and that no project of this one has any more. */
export function goneSteps(
  store: Store,
  { from, projects }: { readonly from: string; readonly projects: readonly Project[] },
): readonly { readonly project: string; readonly step: string }[] {
  const before = store.getRun(from)?.spec as BuildSpec | undefined;
  const done = store.stepsDone(from);
  return (before?.projects ?? []).flatMap(({ name, steps }) => {
    if (!done.has(name)) return [];
    const now = new Set(projects.find((project) => project.name === name)?.steps.map(({ id }) => id));
    return steps
      .filter(({ id }) => !now.has(id) && store.succeededAttempt(from, name, id) !== undefined)
      .map(({ id }) => ({ project: name, step: id }));
  });
}

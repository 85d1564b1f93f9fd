import { resolve } from 'node:path';
import { ContractorError } from '../errors.ts';
import type { Store } from '../store/open-store.ts';
import type { RunSummary as StoredRun } from '../store/records/runs.ts';
import { assertActionsGiven } from './assert-actions-given.ts';
import type { RunPlace } from './begin-run.ts';
import type { RunResult } from './build-event.ts';
import { continuedBy } from './continue-runs.ts';
import type { RunOptions } from './run-options.ts';
import { findRun, projectsOfRun, runSummary } from './run-records.ts';
import type { BareRun } from './run.ts';
import { assertWithinLimits } from './step-limits.ts';
import type { ResumeOptions } from './supervisor.ts';

/**
 * Goes on with a run that nobody builds.
 *
 * @throws ACTION_NOT_GIVEN, LIMIT_EXCEEDED, RUN_OWNED, SOURCE_OUTSIDE, HOST_UNSUITABLE, STORE_UNUSABLE
 */
export async function resumeRun(
  id: string,
  options: ResumeOptions,
  { store, place }: { readonly store: Store; readonly place: () => RunPlace },
): Promise<BareRun> {
  const projects = projectsOfRun(store, id);
  const { actions, bootId, idMap, limits } = place();
  assertActionsGiven(projects, actions);
  assertWithinLimits(projects, limits);
  const { beginRun, readyForBuilds } = await import('./begin-run.ts');
  const { assertSourcesInside } = await import('./check-sources.ts');
  const { strict = false, allowedSources: before = [], directory = '.' } = optionsOf(store, id);
  // Links may lead elsewhere than they did when it began.
  const more = (options.allowSources ?? []).map((path) => resolve(path));
  const allowedSources = [...new Set([...before, ...more])];
  assertSourcesInside(projects, { specDirectory: directory, allowed: allowedSources, actions });
  await readyForBuilds(store, { actions, projects, bootId, idMap: () => idMap, strict });
  return await beginRun({ id, projects, resumed: true, allowedSources }, place(), options);
}

/**
 * The runs that somebody has to go on with, oldest first: unfinished, and nobody builds them. One that waits for a decision is
 * none of them, nor one that a newer run has taken over and was killed before it could end it.
 */
export function resumableRuns(store: Store): readonly string[] {
  const unfinished = store.listRuns().filter(({ ended }) => ended === null);
  const continued = new Set(unfinished.flatMap((run) => continuedBy(store, run.continues)));
  return unfinished
    .filter(({ id }) => !continued.has(id))
    .map(({ id }) => runSummary(store, id))
    .filter(({ state }) => state === 'adoptable' || state === 'interrupted')
    .map(({ id }) => id)
    .toReversed();
}

/** The named run, or the newest unfinished one. @throws RUN_UNKNOWN, RUN_ENDED */
export function unfinishedRun(store: Store, idOrPrefix: string | undefined): string {
  const run = idOrPrefix === undefined ? newestUnfinished(store) : findRun(store, idOrPrefix);
  if (run.ended !== null) throw runEnded(run.id, run.ended.result);
  return run.id;
}

export function runEnded(id: string, result: RunResult): ContractorError {
  return new ContractorError(
    'RUN_ENDED',
    `Run \`${id}\` has ended: ${result}.`,
    'Start another with `contractor build`.',
  );
}

function optionsOf(store: Store, id: string): Partial<RunOptions> {
  return (store.getRun(id)?.options ?? {}) as Partial<RunOptions>;
}

function newestUnfinished(store: Store): StoredRun {
  const unfinished = store.listRuns().find(({ ended }) => ended === null);
  if (unfinished !== undefined) return unfinished;
  throw new ContractorError('RUN_UNKNOWN', 'No run of this store is unfinished.', 'Start one with `contractor build`.');
}

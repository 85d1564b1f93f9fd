import { join } from 'node:path';
import { ContractorError } from '../errors.ts';
import type { Outcome } from '../machines/outcome.ts';
import type { PausedAt } from '../machines/project-machine.ts';
import { isKeeperAlive } from '../sandbox/keeper-life.ts';
import { recordedExit } from '../sandbox/remains.ts';
import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import type { RunSummary as StoredRun } from '../store/records/runs.ts';
import type { BuildEvent, NewEvent, ProjectResult } from './build-event.ts';
import { isLeftByHand } from './end-left-by-hand.ts';
import { isMadeByHand, pausedAt } from './failed-step.ts';
import type { ProjectDetails, RunDetails, RunsOptions, RunSummary, StepDetails } from './supervisor.ts';

/** Newest first. */
export function runSummaries(store: Store, { limit, file }: RunsOptions): RunSummary[] {
  return store.listRuns(limit, file).map((run) => summaryOf(store, run));
}

/** One run; by default the newest. */
export function runSummary(store: Store, idOrPrefix: string | undefined): RunSummary {
  return summaryOf(store, findRun(store, idOrPrefix));
}

/** One run with its projects and steps; by default the newest. */
export function runDetails(store: Store, idOrPrefix: string | undefined): RunDetails {
  const run = findRun(store, idOrPrefix);
  const known = store.listAttempts(run.id).filter((each) => !isLeftByHand(each));
  const attempts = Map.groupBy(known, ({ project, step }) => `${project}\n${step}`);
  const results = projectResults(store, run.id);
  const paused = pausedProjects(store, run);
  return {
    ...summaryOf(store, run),
    projects: projectsOfRun(store, run.id).map((project): ProjectDetails => {
      const result = results.get(project.name);
      return {
        name: project.name,
        ...(result === undefined ? {} : { result }),
        ...pausedPart(paused.get(project.name)),
        steps: project.steps.map(({ id, title }): StepDetails => ({
          id,
          title,
          attempts: (attempts.get(`${project.name}\n${id}`) ?? []).map(attemptDetails),
        })),
      };
    }),
  };
}

function pausedPart(at: PausedAt | undefined): Pick<ProjectDetails, 'paused'> {
  return at === undefined ? {} : { paused: at };
}

/** A run by its id or a unique prefix of it; without one, the newest. */
export function findRun(store: Store, idOrPrefix: string | undefined): StoredRun {
  if (idOrPrefix === undefined) {
    const [newest] = store.listRuns(1);
    if (newest !== undefined) return newest;
    throw new ContractorError(
      'RUN_UNKNOWN',
      'There is no run in this store yet.',
      'Start one with `contractor build`.',
    );
  }
  const matching = store.runsBeginning(idOrPrefix);
  const only = matching.find(({ id }) => id === idOrPrefix) ?? (matching.length === 1 ? matching[0] : undefined);
  if (only !== undefined) return only;
  throw new ContractorError(
    'RUN_UNKNOWN',
    matching.length === 0
      ? `There is no run \`${idOrPrefix}\` in this store.`
      : `\`${idOrPrefix}\` begins the ids of ${matching.length} runs.`,
    'See the runs of this store with `contractor runs`.',
  );
}

/** The kept events of a run. */
export function runEvents(store: Store, idOrPrefix: string, afterSeq: number): BuildEvent[] {
  const { id } = findRun(store, idOrPrefix);
  return eventsOfRun(store, id, afterSeq);
}

/** The same, of a run whose whole id is known; at most so many. */
export function eventsOfRun(store: Store, run: string, afterSeq: number, most?: number): BuildEvent[] {
  return store
    .eventsSince(run, afterSeq, most)
    .map(({ seq, at, event }) => ({ ...(event as NewEvent), run, at, seq }) as BuildEvent);
}

/** The projects of a run that this build is of, in the order of its specification. */
export function projectsOfRun(store: Store, run: string): Project[] {
  const names = new Set(store.getProjects(run).map(({ name }) => name));
  const spec = store.getRun(run)?.spec as BuildSpec | undefined;
  return spec?.projects.filter(({ name }) => names.has(name)) ?? [];
}

/** The projects of an unfinished run that wait for a decision, and where. */
function pausedProjects(store: Store, { id, ended }: StoredRun): ReadonlyMap<string, PausedAt> {
  if (ended !== null) return new Map();
  const paused = store.getProjects(id).filter(({ state }) => state === 'paused');
  return new Map(
    paused
      .filter((project) => !isMadeByHand(store, id, project))
      .map((project) => [project.name, pausedAt(project)] as const),
  );
}

/** How projects ended, from the names of their machines' final states; `skipped` is not a state but an event. */
export function projectResults(store: Store, run: string): Map<string, ProjectResult> {
  const results = new Map<string, ProjectResult>();
  for (const { name, state } of store.getProjects(run)) {
    if (state === 'built' || state === 'failed' || state === 'cancelled') results.set(name, state);
  }
  for (const { event } of store.eventsOfType(run, 'project-ended')) {
    const kept = event as NewEvent;
    if (kept.type === 'project-ended' && kept.result === 'skipped' && !results.has(kept.project))
      results.set(kept.project, 'skipped');
  }
  return results;
}

function summaryOf(store: Store, run: StoredRun): RunSummary {
  const { id, specName, toldCreatedAt: createdAt, isKept, retryOf, ended } = run;
  const more = { ...(isKept ? { isKept } : {}), ...(retryOf === null ? {} : { retryOf }) };
  const base = { id, specName, createdAt, ...more };
  if (ended !== null) return { ...base, endedAt: ended.toldEndedAt, state: ended.result };
  const owner = store.runOwner(id);
  if (owner.type === 'nobody') {
    const boot = store.getMeta('boot');
    // A keeper lingers after the end of what it ran: only what has left no record of its end still runs.
    const alive = store
      .runningAttempts(id)
      .some(
        (attempt) =>
          attempt.bootId === boot &&
          recordedExit(store.paths.trees, attempt.id) === undefined &&
          isKeeperAlive(join(store.paths.keepers, attempt.keeper)),
      );
    if (!alive && pausedProjects(store, run).size > 0) return { ...base, state: 'paused' };
    return { ...base, state: alive ? 'adoptable' : 'interrupted' };
  }
  return { ...base, state: 'running', ...(owner.owner === null ? {} : { owner: owner.owner }) };
}

function attemptDetails(record: AttemptRecord): StepDetails['attempts'][number] {
  const { id, number, toldStartedAt: startedAt } = record;
  if (record.type === 'running') return { id, number, startedAt };
  return {
    id,
    number,
    startedAt,
    endedAt: record.toldEndedAt,
    outcome: record.outcome as unknown as Outcome,
    ...(record.reusedFrom === null ? {} : { reusedFrom: record.reusedFrom }),
  };
}

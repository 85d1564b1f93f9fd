import type { Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { NewRun } from '../store/records/runs.ts';
import type { TakenOver } from '../store/records/taken-over.ts';
import type { Assessed } from './assess/assess-projects.ts';
import type { TrustedAnswer } from './assess/assessment.ts';
import { Flusher } from './flusher.ts';
import { outlineOf } from './project-outline.ts';
import { RunEvents } from './run-events.ts';
import { settleProject } from './settle-projects.ts';
import type { RunOptions } from './run-options.ts';
import type { RunWorld } from './run-world.ts';
import type { BareRun } from './run.ts';

type Current = Extract<Assessed, { type: 'current' }>;

/**
 * Records a run of which everything is up to date, from its begin to its end in one transaction: to be called
 * inside that in which it was assessed. Then `logs`, `shell` and `diff` work on it as on any other.
 *
 * Gives what makes it a {@link Run}, to be called when the transaction is committed.
 */
export function recordCurrentRun(
  {
    record,
    projects,
    assessed,
    trusted,
  }: {
    readonly record: NewRun;
    readonly projects: readonly Project[];
    readonly assessed: readonly Current[];
    readonly trusted: readonly TrustedAnswer[];
  },
  {
    store,
    actions,
    sandbox,
    bootId,
    now,
    newId,
  }: Pick<RunWorld, 'store' | 'actions' | 'sandbox' | 'bootId' | 'now' | 'newId'>,
): () => BareRun {
  const { id } = record;
  const events = new RunEvents({ run: id, store, now });
  const { allowedSources = [], retryOf } = record.options as RunOptions;
  store.createRun(record);
  const told = events.recorded((tell) => {
    tell({
      type: 'run-started',
      specName: record.specName,
      resumed: false,
      ...(retryOf === undefined ? {} : { retryOf }),
      ...(trusted.length === 0 ? {} : { trusted }),
      ...(allowedSources.length === 0 ? {} : { allowedSources }),
      projects: projects.map((project) =>
        outlineOf(project, { result: 'built', stepsDone: project.steps.length, isCurrent: true }),
      ),
    });
    const steps: TakenOver[] = [];
    const take: Store['reuseAttempt'] = ({ id: attempt, project, step }, from, result) =>
      void steps.push({ id: attempt, project, step, from: from.id, ...(result === undefined ? {} : { result }) });
    for (const each of assessed) settleProject(each, { store, actions, run: id, bootId, now, newId, take }, tell);
    store.noteTakenOver(id, steps, { bootId, at: now() });
    const durationMs = now() - record.createdAt;
    store.endRun(id, { endedAt: now(), result: 'built' });
    tell({ type: 'run-ended', result: 'built', durationMs });
  });
  return () => {
    // What it names may have been made a moment ago: nobody hears that it is built before that is on the disk.
    const flusher = new Flusher({ store, now, sync: sandbox.syncFileSystems });
    const result = flusher.flush().then(() => {
      events.tellRecorded(told);
      events.end();
      return 'built' as const;
    });
    result.catch(() => events.end());
    return { id, events: () => events.stream(), result, cancel: () => undefined };
  };
}

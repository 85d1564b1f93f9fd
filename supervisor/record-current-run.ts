import type { Project } from '../spec-schema/build-spec.ts';
import type { NewRun } from '../store/records/runs.ts';
import type { Assessed } from './assess/assess-projects.ts';
import { Flusher } from './flusher.ts';
import { outlineOf } from './project-outline.ts';
import { RunEvents } from './run-events.ts';
import { hostSandbox } from './sandbox.ts';
import { settleProject } from './settle-projects.ts';
import type { RunPlace } from './begin-run.ts';
import type { Run } from './run.ts';

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
  }: {
    readonly record: NewRun;
    readonly projects: readonly Project[];
    readonly assessed: readonly Current[];
  },
  { store, bootId, now, newId }: Pick<RunPlace, 'store' | 'bootId' | 'now' | 'newId'>,
): () => Run {
  const { id } = record;
  const events = new RunEvents({ run: id, store, now });
  store.createRun(record);
  const told = events.recorded((tell) => {
    tell({
      type: 'run-started',
      specName: record.specName,
      resumed: false,
      projects: projects.map((project) =>
        outlineOf(project, { result: 'built', stepsDone: project.steps.length, isCurrent: true }),
      ),
    });
    const place = { store, run: id, bootId, now, newId };
    for (const each of assessed) settleProject(each, place, tell);
    const durationMs = now() - record.createdAt;
    store.endRun(id, { endedAt: now(), result: 'built' });
    tell({ type: 'run-ended', result: 'built', durationMs });
  });
  return () => {
    // What it names may have been made a moment ago: nobody hears that it is built before that is on the disk.
    const flusher = new Flusher({ store, now, sync: hostSandbox.syncFileSystems });
    const result = flusher.flush().then(() => {
      events.tellRecorded(told);
      events.end();
      return 'built' as const;
    });
    result.catch(() => events.end());
    return { id, events: () => events.stream(), result, cancel: () => undefined };
  };
}

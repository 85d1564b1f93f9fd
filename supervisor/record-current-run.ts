import type { Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { NewRun } from '../store/records/runs.ts';
import type { TakenOver } from '../store/records/taken-over.ts';
import type { CurrentProject } from './assess/assess-projects.ts';
import type { TrustedAnswer } from './assess/assessment.ts';
import { isStillThere, publishedBy, takenResults } from './assess/still-there.ts';
import type { NewEvent } from './build-event.ts';
import { momentOf } from './clocks.ts';
import type { Clocks } from './clocks.ts';
import { Flusher } from './flusher.ts';
import { outlineOf } from './project-outline.ts';
import type { ReusePlace } from './record-reuse.ts';
import { RunEvents } from './run-events.ts';
import { settleProject } from './settle-projects.ts';
import type { RunOptions } from './run-options.ts';
import type { RunWorld } from './run-world.ts';
import type { BareRun } from './run.ts';
import { Turn, turnOfOthers } from './turn.ts';

/** What is known of a run of which all is up to date. */
interface CurrentRun {
  readonly record: NewRun;
  readonly projects: readonly Project[];
  readonly assessed: readonly CurrentProject[];
  /** Of the store, before they were assessed. */
  readonly mark: string;
  readonly trusted: readonly TrustedAnswer[];
}

/**
 * Records a run of which everything is up to date, from its begin to its end in one transaction. Then `logs`, `shell`
 * and `diff` work on it as on any other.
 *
 * What can be made ready before is, piece by piece; the transaction looks whether all is still there that the run takes
 * over. Gives what makes it a {@link Run}; undefined, and nothing is recorded, when something is gone.
 */
export async function recordCurrentRun(
  { record, projects, assessed, mark, trusted }: CurrentRun,
  place: Pick<RunWorld, 'store' | 'actions' | 'sandbox' | 'bootId' | 'newId'> & Clocks,
): Promise<(() => BareRun) | undefined> {
  const { store, actions, sandbox, bootId, now, hostNow, newId } = place;
  const { id } = record;
  const turn = new Turn();
  const taken: (readonly TakenOver[])[] = [];
  for (const { project, reused } of assessed) {
    taken.push(reused.map(({ step, found }) => ({ id: newId(), project, step: step.id, from: found.attempt.id })));
    await turn.rest();
  }
  const results = takenResults(assessed, actions);
  const begin = beginOf({ record, projects, trusted });
  await turnOfOthers();
  const events = new RunEvents({ run: id, store, now });
  const told = store.transaction(() => {
    const isAsItWas = store.stateMark() === mark;
    if (!isAsItWas && !isStillThere(results, store)) return undefined;
    // Their tree becomes the newest version once more.
    const again = new Set(store.withNewerTree(results.published));
    store.createRun(record, 'built');
    store.recordUses(id, [...results.taken, ...results.published.filter(({ name }) => !again.has(name))]);
    return events.recorded((tell) => {
      tell(begin);
      const settled = assessed.flatMap((each, index) =>
        publishedBy(each.reused).some(({ name }) => again.has(name))
          ? settledAgain(each, { store, actions, run: id, bootId, now, hostNow, newId }, tell)
          : (taken[index] ?? []),
      );
      const ended = momentOf(place);
      store.noteTakenOver(id, settled, { bootId, at: ended.host, toldAt: ended.told });
      store.endRun(id, { endedAt: ended.host, toldEndedAt: ended.told, result: 'built' });
      tell({ type: 'run-ended', result: 'built', durationMs: ended.host - record.createdAt });
    });
  });
  if (told === undefined) return undefined;
  return () => {
    // What it names may have been made a moment ago: nobody hears that it is built before that is on the disk.
    const flusher = new Flusher({ store, now: hostNow, sync: sandbox.syncFileSystems });
    const result = flusher.flush().then(() => {
      events.tellRecorded(told);
      events.end();
      return 'built' as const;
    });
    result.catch(() => events.end());
    return { id, events: () => events.stream(), result, cancel: () => undefined };
  };
}

function beginOf({ record, projects, trusted }: Omit<CurrentRun, 'assessed' | 'mark'>): NewEvent {
  const { allowedSources = [], retryOf } = record.options as RunOptions;
  return {
    type: 'run-started',
    specName: record.specName,
    resumed: false,
    ...(retryOf === undefined ? {} : { retryOf }),
    ...(trusted.length === 0 ? {} : { trusted }),
    ...(allowedSources.length === 0 ? {} : { allowedSources }),
    projects: projects.map((project) =>
      outlineOf(project, { result: 'built', stepsDone: project.steps.length, isCurrent: true }),
    ),
  };
}

/** What is taken over of a project that publishes something once more. */
function settledAgain(
  project: CurrentProject,
  place: Omit<ReusePlace, 'project' | 'take'>,
  tell: (event: NewEvent) => void,
): readonly TakenOver[] {
  const steps: TakenOver[] = [];
  const take: Store['reuseAttempt'] = ({ id, project: name, step }, from, result) =>
    void steps.push({ id, project: name, step, from: from.id, ...(result === undefined ? {} : { result }) });
  settleProject(project, { ...place, take }, tell);
  return steps;
}

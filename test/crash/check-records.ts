import type { NewEvent } from '../../supervisor/build-event.ts';
import type { Store } from '../../store/open-store.ts';
import type { AttemptRecord } from '../../store/records/attempts.ts';

/**
 * What is wrong with the records of a run that has ended, a sentence each. Of a power cut they tell that an attempt
 * which had ended counts as cut off, and so a project may have ended once more for each of `cuts`.
 */
export function faultsOfRecords(store: Store, run: string, cuts: number): string[] {
  const records = store.eventsSince(run, 0);
  const events = records.map(({ event }) => event as NewEvent);
  return [
    ...records.flatMap(({ seq }, index) => (seq === index + 1 ? [] : [`event ${seq} is the ${index + 1}th`])),
    ...faultsOfOrder(events, cuts),
    ...faultsOfAttempts(store.listAttempts(run), events),
    ...store.databaseProblems(),
  ];
}

function faultsOfOrder(events: readonly NewEvent[], cuts: number): string[] {
  const faults: string[] = [];
  const [first] = events;
  if (first?.type !== 'run-started' || first.resumed) {
    // A life that was killed before its first event leaves the run's start to the one that resumes it.
    if (first?.type !== 'run-started') faults.push(`the first event is ${first?.type}`);
  }
  const last = events.at(-1);
  if (last?.type !== 'run-ended' || last.result !== 'built') faults.push(`the last event is ${JSON.stringify(last)}`);
  const ends = events.filter(({ type }) => type === 'run-ended').length;
  if (ends !== 1) faults.push(`run-ended came ${ends} times`);
  const projects = events.flatMap((event) => (event.type === 'run-started' ? event.projects : []));
  for (const name of new Set(projects.map((project) => project.name))) {
    const ended = events.filter((event) => event.type === 'project-ended' && event.project === name).length;
    if (ended < 1 || ended > 1 + cuts) faults.push(`project-ended of ${name} came ${ended} times`);
  }
  return faults;
}

function faultsOfAttempts(attempts: readonly AttemptRecord[], events: readonly NewEvent[]): string[] {
  const faults: string[] = [];
  const bySteps = Map.groupBy(attempts, ({ project, step }) => `${project}/${step}`);
  for (const [step, ofStep] of bySteps) {
    for (const [index, attempt] of ofStep.entries()) {
      const next = ofStep[index + 1];
      if (attempt.number !== index + 1) faults.push(`attempt ${attempt.number} of ${step} is the ${index + 1}th`);
      if (attempt.type === 'running') faults.push(`attempt ${attempt.number} of ${step} was never ended`);
      else if (next !== undefined && next.startedAt < attempt.endedAt) {
        faults.push(`attempt ${next.number} of ${step} began before the one before it ended`);
      }
    }
    const succeeded = ofStep.filter((each) => each.type === 'ended' && each.outcome.type === 'succeeded').length;
    if (succeeded > 1) faults.push(`${step} succeeded ${succeeded} times`);
  }
  for (const { id, project, step, number } of attempts) {
    const said = events.flatMap((event) => ('attemptId' in event && event.attemptId === id ? [event.type] : []));
    const [first, ...others] = said;
    const last = others.pop();
    const adopted = others.every((type) => type === 'step-adopted');
    if (first !== 'step-started' || last !== 'step-ended' || !adopted) {
      faults.push(`the events of attempt ${number} of ${project}/${step} are ${said.join(', ')}`);
    }
  }
  const running = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'step-started') {
      const before = running.get(event.project);
      if (before !== undefined) faults.push(`${event.step} of ${event.project} began while ${before} ran`);
      running.set(event.project, event.step);
    }
    if (event.type === 'step-ended') running.delete(event.project);
  }
  return faults;
}

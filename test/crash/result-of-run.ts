import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewEvent } from '../../supervisor/build-event.ts';
import type { Store } from '../../store/open-store.ts';

/** What a run has made, by what does not depend on time, chance or kills. */
export interface RunResult {
  /** `name digest` of each artifact that was published, sorted. */
  readonly artifacts: readonly string[];
  /** Of each step, by `project/step`, how its attempts ended that were not cut off: the outcome, then the log. */
  readonly steps: Readonly<Record<string, readonly string[]>>;
}

/** The result of a run that has ended. */
export function resultOfRun(store: Store, run: string, cuts = 0): RunResult {
  const published = store
    .eventsSince(run, 0)
    .map(({ event }) => event as NewEvent)
    .flatMap((event) => (event.type === 'artifact-published' ? [`${event.artifact} ${event.digest}`] : []));
  // After a power cut an artifact may have been made again, and is the same.
  const artifacts = (cuts > 0 ? [...new Set(published)] : published).toSorted();
  const steps: Record<string, string[]> = {};
  for (const attempt of store.listAttempts(run)) {
    if (attempt.type === 'ended' && attempt.outcome.type === 'interrupted') continue;
    const outcome = attempt.type === 'running' ? 'running' : JSON.stringify(attempt.outcome);
    (steps[`${attempt.project}/${attempt.step}`] ??= []).push(`${outcome}\n${logOf(store, attempt.id)}`);
  }
  return { artifacts, steps };
}

function logOf({ paths }: Store, attempt: string): string {
  const file = join(paths.trees, 'attempts', attempt, 'log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '(no log)';
}

/** How a result differs from the one that it should be, a sentence each. */
export function differences(result: RunResult, reference: RunResult): string[] {
  const found: string[] = [];
  if (result.artifacts.join() !== reference.artifacts.join()) {
    found.push(`artifacts are ${result.artifacts.join(', ')}, not ${reference.artifacts.join(', ')}`);
  }
  for (const step of new Set([...Object.keys(result.steps), ...Object.keys(reference.steps)])) {
    const [is, shouldBe] = [result.steps[step] ?? [], reference.steps[step] ?? []];
    if (is.length !== shouldBe.length) found.push(`step ${step} ended ${is.length} times, not ${shouldBe.length}`);
    else if (is.join('\0') !== shouldBe.join('\0')) {
      found.push(`step ${step} ended with ${JSON.stringify(is)}, not ${JSON.stringify(shouldBe)}`);
    }
  }
  return found;
}

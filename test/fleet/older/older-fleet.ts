import { readdirSync } from 'node:fs';
import type { ArtifactExchange } from '../../../fleet/artifact-exchange.ts';
import type { Fleet } from '../../../fleet/open-fleet.ts';
import type { WorkerOptions } from '../../../fleet/run-worker.ts';
import type { Submission, SubmitPlace } from '../../../fleet/submit-run.ts';
import type { ArtifactShelf } from '../../../supervisor/shelf.ts';

/** What programs did that knew fewer migrations: see scripts/freeze-worker.ts. Called as those of today are, of which it takes what it knows. */
export interface OlderFleet {
  openFleet(url: string): Promise<Fleet>;
  exchangeAt(place: string, shelf: ArtifactShelf): ArtifactExchange;
  submitRun(submission: Submission, place: SubmitPlace): Promise<string>;
  runWorker(options: WorkerOptions): Promise<void>;
}

/** How many migrations each of those knew that are kept. */
export function olderVersions(): readonly number[] {
  return readdirSync(import.meta.dirname)
    .flatMap((name) => /^version-(\d+)\.mjs$/.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b);
}

export async function olderFleet(version: number): Promise<OlderFleet> {
  return (await import(`./version-${version}.mjs`)) as OlderFleet;
}

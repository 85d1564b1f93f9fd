import type { BuildEvent, Receipt, RunSummary } from '../../index.ts';
import type { ProjectFacts, WorkerFacts } from '../facts.ts';
import type { RunCounts } from '../metrics/run-counts.ts';

/** Names an attempt of a step of a run. */
export interface ShownAttempt {
  readonly run: string;
  readonly project: string;
  readonly step: string;
  /** Its number, from 1 on. */
  readonly attempt: number;
}

/** What the inspector shows, and does: the runs of a store, or those that workers share. Refuses what there is not. */
export interface ShownRuns {
  /** The newest first. */
  runs(limit: number): Promise<readonly RunSummary[]>;
  /** One by its id or the beginning of it; by default the newest. */
  summary(run?: string): Promise<RunSummary>;
  /** The file of its specification, where it can be built again from that. */
  fileOf(run: string): string | undefined;
  project(run: string, project: string): Promise<ProjectFacts>;
  receipt(attempt: ShownAttempt): Promise<Receipt>;
  /** The events of a run after one, bunch by bunch, until it has ended or `signal` is aborted. */
  follow(
    run: string,
    options: { readonly afterSeq: number; readonly signal: AbortSignal },
  ): AsyncIterable<readonly BuildEvent[]>;
  /** A file that holds what the attempt has written until now. */
  logFile(attempt: ShownAttempt): Promise<string>;
  /** Ends a run, or goes on with it, or builds its file again: gives the run that it comes to. */
  cancel(run: string): Promise<string>;
  resume(run: string): Promise<string>;
  build(run: string): Promise<string>;
  /** Who builds; undefined where it is this host alone. */
  workers?(): Promise<readonly WorkerFacts[]>;
  /** What Prometheus scrapes; undefined where others tell that. */
  readonly counts?: RunCounts;
}

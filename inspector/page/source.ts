import type { BuildEvent, Receipt, RunSummary } from '../../index.ts';
import type { Found, LogLines, Place, ProjectFacts, RunFacts, WorkerFacts } from '../facts.ts';

/** Names an attempt of a run. */
export interface AttemptName {
  readonly project: string;
  readonly step: string;
  readonly attempt: number;
}

/** What hears of a run. */
export interface Listener {
  events(events: readonly BuildEvent[]): void;
  summary(summary: RunSummary): void;
  /** `lost`: the server does not answer, and is asked again. `ended`: nothing more comes. */
  connection(state: 'open' | 'lost' | 'ended'): void;
}

/** What can be done to a run. */
export type RunAction = 'cancel' | 'resume' | 'build';

/** Where the page has what it shows from: the server, or a report that holds it all. */
export interface Source {
  /** Whether runs can be chosen, cancelled and begun. */
  readonly isLive: boolean;
  runs(): Promise<readonly RunSummary[]>;
  run(id: string | undefined): Promise<RunFacts>;
  /** Tells `listener` of a run from its first event on; gives what ends that. */
  follow(run: string, listener: Listener): () => void;
  project(run: string, project: string): Promise<ProjectFacts>;
  /** What was in force around an attempt. */
  receipt(run: string, name: AttemptName): Promise<Receipt>;
  log(run: string, name: AttemptName, stretch: { readonly from: number; readonly count: number }): Promise<LogLines>;
  find(run: string, name: AttemptName, text: string, place?: Place): Promise<Found>;
  /** Who builds, where that is not one host alone. */
  workers(): Promise<readonly WorkerFacts[]>;
  /** Where the whole log can be had as a file. */
  rawLog(run: string, name: AttemptName): string | undefined;
  /** The run that is gone on with: the same, or a new one. */
  act(run: string, action: RunAction): Promise<string>;
}

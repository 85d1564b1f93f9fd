import type { BuildEvent, RunEnd } from './build-event.ts';
import type { GcReport } from './gc/gc-report.ts';

/** A build under way. */
export interface Run {
  readonly id: string;
  /** Every event from the first, then live, ending after `run-ended`. Each iteration starts anew. */
  events(): AsyncIterable<BuildEvent>;
  /** Resolves when the run has ended, however it ended; with `paused` when nothing can go on before somebody decides. */
  readonly result: Promise<RunEnd>;
  /**
   * Resolves when the garbage is removed that the end of this run has made due by the store's policy, with what that was; undefined
   * when none was. Rejects when that was refused; the run is none the worse for it.
   */
  readonly collected: Promise<GcReport | undefined>;
  /** Ends the running steps with all their processes. */
  cancel(): void;
}

/** The build itself, whatever the store is told to do after it. */
export type BareRun = Omit<Run, 'collected'>;

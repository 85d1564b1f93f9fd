import type { BuildEvent, RunEnd } from './build-event.ts';

/** A build under way. */
export interface Run {
  readonly id: string;
  /** Every event from the first, then live, ending after `run-ended`. Each iteration starts anew. */
  events(): AsyncIterable<BuildEvent>;
  /** Resolves when the run has ended, however it ended; with `paused` when nothing can go on before somebody decides. */
  readonly result: Promise<RunEnd>;
  /** Ends the running steps with all their processes. */
  cancel(): void;
}

import type { ReuseOptions } from './assess/refuses-reuse.ts';

/** What is kept of how a run was started. */
export interface RunOptions extends ReuseOptions {
  readonly directory: string;
  readonly strict?: boolean;
  /** Which program has read its specification: see known-spec.ts. */
  readonly readBy?: string;
  /** What other hosts said last is trusted. */
  readonly offline?: boolean;
  /** A failure ends no project that does not need the one that failed. */
  readonly keepGoing?: boolean;
  /** The run of which it builds again what was not built. */
  readonly retryOf?: string;
  /** What the user has let it copy from beside its own directory, absolute: consent, which a resumed run takes up. */
  readonly allowedSources?: readonly string[];
}

import type { ReuseOptions } from './assess/refuses-reuse.ts';

/** What is kept of how a run was started. */
export interface RunOptions extends ReuseOptions {
  readonly directory: string;
  readonly strict?: boolean;
  /** What the user has let it copy from beside its own directory, absolute: consent, which a resumed run takes up. */
  readonly allowedSources?: readonly string[];
}

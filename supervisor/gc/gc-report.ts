import type { Progress } from '../../actions/action.ts';
import type { WholeGcPolicy } from './gc-policy.ts';

/** What was removed from a store, or would be. */
export interface GcReport {
  readonly policy: WholeGcPolicy;
  /** Nothing was removed: this is what would be. */
  readonly isDryRun: boolean;
  /** Ids of runs that are listed no more. */
  readonly runs: readonly string[];
  readonly artifacts: readonly { readonly name: string; readonly version: number; readonly sizeBytes: number }[];
  readonly layers: number;
  /** Attempts of steps, with their logs and what failed ones have left. */
  readonly attempts: number;
  /** File contents that nothing uses any more. Not told by a dry run. */
  readonly objects: number;
  /** What killed processes have left. Not told by a dry run. */
  readonly leftovers: number;
  /** Answers of other hosts and hashes of files, of this host, that nothing can use any more. Not told by a dry run. */
  readonly cached: number;
  /** What the disk has gained; of a dry run about what it would. */
  readonly freedBytes: number;
  /** What the trees take now, where the policy has a limit: of a dry run before anything goes. More than that when nothing else may go. */
  readonly sizeBytes?: number;
}

/** How garbage is looked for, whatever the policy. */
export interface GcOptions {
  /** Removes nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

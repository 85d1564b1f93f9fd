import type { ContractorError } from '../errors.ts';
import type { Run } from './run.ts';

/** What became of the unfinished runs of a store. */
export interface ResumedRuns {
  /** Those that are gone on with, oldest first. */
  readonly runs: readonly Run[];
  /** Those that could not be, and why. They stay as they are. */
  readonly refused: readonly { readonly run: string; readonly error: ContractorError }[];
}

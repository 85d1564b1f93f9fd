import type { MachineOutline, PlannedStep, RunSummary, SavedState } from '../index.ts';

// What the server tells the page, or a report holds, beside events and logs. JSON.

/** Of a run. */
export interface RunFacts {
  readonly summary: RunSummary;
  /** How a person calls contractor on the store: `contractor`, or with `--store`. */
  readonly command: string;
  /** Whether several workers build such runs, and are shown. */
  readonly isShared?: true;
  /** The specification's file; absent where it is of none. */
  readonly file?: string;
}

/** Of a project of a run. */
export interface ProjectFacts {
  readonly machine: MachineOutline;
  /** What each step may see and reach. */
  readonly steps: readonly PlannedStep[];
  /** What is saved of its machine; absent before it begins. */
  readonly saved?: SavedState;
}

/** Of a worker that builds runs which are shared. */
export interface WorkerFacts {
  readonly name: string;
  /** What a project can ask for: architecture, memory, labels, in words. */
  readonly traits: string;
  /** How many projects at once. */
  readonly jobs: number;
  /** What it builds now. */
  readonly builds: readonly { readonly run: string; readonly project: string }[];
}

/** A stretch of a log; see `log/log-index.ts`. */
export type { LogLine, LogLines } from './log/log-index.ts';
export type { Found, Place } from './log/find-in-log.ts';

import type { ProjectState } from './assessment.ts';
import type { Cause } from './cause.ts';

/** Why a project is to be built, or was: see {@link Supervisor.why}. */
export interface Explanation {
  readonly project: string;
  /** The step that was asked for, by its id. */
  readonly step?: string;
  readonly state: ProjectState;
  /** When it, or the step, was run last; absent when it never was. */
  readonly lastBuilt?: LastBuilt;
  /** What is behind that, nearest first: the projects that it waits for, or that made the artifact which changed. */
  readonly chain: readonly CauseLink[];
}

/** When something was built last, and why it was. */
export interface LastBuilt {
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The first step that had to be run, and why; absent where that was not recorded. */
  readonly because?: { readonly step: string; readonly cause: Cause };
}

/** One link of a chain of causes: `run` where it was built already. */
export interface CauseLink {
  readonly project: string;
  readonly step: string;
  readonly cause: Cause;
  readonly run?: string;
}

import type { Action } from '../actions/action.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import type { Witness } from '../sandbox/witness.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { KeeperHolder } from './keeper-holder.ts';
import type { RunWorld } from './run-world.ts';
import type { KeyOfStep } from './step-key.ts';

/** Where a step runs, and with what. */
export interface StepPlace {
  readonly project: string;
  readonly step: Step;
  readonly action: Action;
  readonly keeper: KeeperHolder;
  readonly world: RunWorld;
  readonly signal: AbortSignal;
}

/** What is kept of an ended attempt, for a machine that asks for it again and for a run that takes it over. */
export interface AttemptResult {
  readonly tree: ProjectTree;
  /** The artifact version that it made, or found unchanged. */
  readonly published?: { readonly name: string; readonly version: number };
}

/** An attempt that has begun, and whether an earlier process began it. */
export interface Attempt {
  readonly id: string;
  readonly number: number;
  /** By the host's clock, as `deadlineAt` is. */
  readonly startedAt: number;
  readonly toldStartedAt: number;
  readonly deadlineAt: number | undefined;
  readonly adopted: boolean;
  /** As it was recorded, where this process has done that. */
  readonly keyed?: KeyOfStep;
  /** What its keeper has left, as far as that was read while it ran. */
  readonly seen?: { witness?: Witness | undefined };
}

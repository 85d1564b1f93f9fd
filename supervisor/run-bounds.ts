import type { StepLimits } from './step-limits.ts';
import type { StepSlots } from './step-slots.ts';

/** What a program bounds all runs of its supervisor by. */
export interface RunBounds {
  /** What each step may use up. */
  readonly limits?: StepLimits;
  /** What steps of all runs share; absent: they are not bounded together. */
  readonly slots?: StepSlots;
}

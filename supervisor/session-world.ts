import type { Clocks } from './clocks.ts';
import type { CompareWorld } from './compare-states.ts';
import type { Sandbox } from './sandbox.ts';
import type { StepLimits } from './step-limits.ts';

/** What shells of recorded steps work with. */
export interface SessionWorld extends CompareWorld, Clocks {
  readonly sandbox: Sandbox;
  readonly bootId: string;
  /** What the program lets steps use up. */
  readonly limits?: StepLimits;
  newId(): string;
}

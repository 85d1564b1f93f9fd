import type { ExpectedWitness } from '../sandbox/expected-witness.ts';
import type { Isolation } from '../actions/action.ts';

export type { Isolation };

/** What a build would do, in the order in which it would begin. */
export interface Plan {
  readonly projects: readonly PlannedProject[];
}

export interface PlannedProject {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly steps: readonly PlannedStep[];
}

export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly isolation: Isolation;
  /** What the kernel has to show before the command of the step begins: see docs/receipts.md. Absent where it has none. */
  readonly expected?: ExpectedWitness;
  readonly timeoutMs?: number;
  readonly retries: number;
}

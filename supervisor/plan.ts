import type { ExpectedWitness } from '../sandbox/expected-witness.ts';
import type { WitnessedLandlock } from '../sandbox/witness.ts';
import type { Isolation } from '../actions/action.ts';
import type { LimitName, LimitUnit } from '../machines/limit-hit.ts';
import type { ProjectState, TrustedAnswer } from './assess/assessment.ts';
import type { RunsOn } from '../spec-schema/build-spec.ts';
import type { MissingTrait } from './placement/host-traits.ts';
import type { LimitFinding } from '../sandbox/limits/limit-findings.ts';

export type { Isolation };

/** One limit of a step. */
export interface PlannedLimit {
  readonly limit: LimitName;
  readonly value: number;
  readonly unit: LimitUnit;
  readonly isGiven: boolean;
}

/** What a build would do, in the order in which it would begin. */
export interface Plan {
  /** Offline: what is trusted of what other hosts said earlier. */
  readonly trusted?: readonly TrustedAnswer[];
  readonly projects: readonly PlannedProject[];
  /** What holds steps to their limits on this host. */
  readonly limits: readonly LimitFinding[];
}

/** What would be done for one project. */
export interface PlannedProject {
  readonly name: string;
  /** Whether it would be built, and why; absent where nobody asked, and of a specification whose sources are not allowed. */
  readonly state?: ProjectState;
  readonly dependsOn: readonly string[];
  /** What host it asks for, and what of that this one is not. Absent: any host is right. */
  readonly runsOn?: RunsOn & { readonly missing: readonly MissingTrait[] };
  /** `step`: where workers build it, another goes on behind its last committed step. */
  readonly checkpoint?: 'step';
  readonly steps: readonly PlannedStep[];
}

/** One step that would be done, with what it may see and use up. */
export interface PlannedStep {
  readonly id: string;
  readonly title: string;
  readonly isolation: Isolation;
  /** What the kernel has to show before the command of the step begins: see docs/receipts.md. Absent where it has none. */
  readonly expected?: ExpectedWitness & {
    /** What Landlock will hold it to, of a tool that is in the host's network. Ports of proxies are those of who asks for the plan. */
    readonly landlock?: WitnessedLandlock;
  };
  readonly timeoutMs?: number;
  readonly retries: number;
  /** What the step may use up, given or by default; nothing for contractor's own code. */
  readonly limits?: readonly PlannedLimit[];
}

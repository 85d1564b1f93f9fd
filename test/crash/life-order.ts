import type { GcPolicy } from '../../supervisor/gc/gc-policy.ts';

/** What the process of one life is to do, and where it is to die by itself. */
export interface LifeOrder {
  readonly store: string;
  /** The directory of the specifications. */
  readonly work: string;
  /** The file in it that a new run is made of. */
  readonly spec: SpecFile;
  /** The run to resume; without one it starts another. */
  readonly run?: string;
  /** By default the kernel's. Another one is a host that has booted since. */
  readonly bootId?: string;
  /** Where it notes what is on the disk for certain; see note-flushes.ts. It flushes more often then. */
  readonly flushFile?: string;
  /** Instead of building: removes what is old, so many times. */
  readonly gc?: { readonly rounds: number; readonly policy: GcPolicy };
  readonly dieAt?: DieAt;
  readonly keeperDiesAt?: KeeperDiesAt;
}

/** An exact place for a supervisor to die: the `nth` time that it comes to a point of points.ts. */
export interface DieAt {
  readonly point: string;
  readonly when: 'before' | 'after';
  readonly nth: number;
}

/** An exact place for a keeper to die: each of its processes as it enters `systemCall` for the `nth` time. */
export interface KeeperDiesAt {
  readonly systemCall: string;
  readonly nth: number;
  /** Which of the keepers that the life starts. */
  readonly keeper: number;
  /** Where strace writes what it saw. */
  readonly traceFile: string;
}

export const SPEC_FILES = ['crash.json', 'short.json'] as const;

export type SpecFile = (typeof SPEC_FILES)[number];

/** What a life says of itself, a line of JSON each. */
export type LifeLine =
  | { readonly type: 'died-at' }
  /** `harvested`: of an attempt that was adopted, it had ended already. */
  | {
      readonly type: 'event';
      readonly event: string;
      readonly project?: string;
      readonly step?: string;
      readonly outcome?: string;
      readonly harvested?: boolean;
    }
  /** `artifacts`: what the store held then, as `name@version`. */
  | { readonly type: 'ended'; readonly result: string; readonly artifacts: readonly string[] };

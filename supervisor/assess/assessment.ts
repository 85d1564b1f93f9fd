import type { Cause } from './cause.ts';

/** What a build would have to do, and why: see {@link Supervisor.outOfDate}. */
export interface Assessment {
  /** In an order in which they can be built. */
  readonly projects: readonly ProjectState[];
  /** With `offline`: what is trusted of what the outside world said earlier. */
  readonly trusted: readonly TrustedAnswer[];
}

/** Whether a project is up to date. */
export type ProjectState =
  /** Every step has a result at hand that was made of just what it would be made of now. */
  | {
      readonly type: 'current';
      readonly project: string;
      /** Where the result of each step comes from. */
      readonly steps: readonly { readonly step: string; readonly run: string; readonly attempt: string }[];
    }
  /** It has to be built: from `step` on, because of that. */
  | { readonly type: 'stale'; readonly project: string; readonly step: string; readonly because: Cause }
  /** Projects that it needs are built first. Then it is up to date all the same, when what they make comes out as it was. */
  | { readonly type: 'waits'; readonly project: string; readonly for: readonly string[] };

/** An answer of the outside world that was not asked for again. */
export interface TrustedAnswer {
  readonly question: string;
  readonly answer: string;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
}

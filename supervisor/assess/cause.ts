import type { Json } from '../../spec-schema/build-spec.ts';
import type { PackageChange } from '../compare-packages.ts';

/** Why a step has to be run, as data. `step` in what carries a cause says which. */
export type Cause =
  /** It was never run to an end in this store. */
  | { readonly type: 'first-time' }
  | { readonly type: 'action-changed'; readonly before: string; readonly now: string }
  | { readonly type: 'parameters-changed'; readonly changes: readonly ParameterChange[] }
  /** The artifact that it takes has another tree. */
  | {
      readonly type: 'artifact-changed';
      readonly artifact: string;
      readonly before: ArtifactState;
      readonly now: ArtifactState;
      /** Where both are system trees whose packages are known. */
      readonly packages?: readonly PackageChange[];
    }
  /** The artifact that it takes is not there, or its tree is lost. */
  | { readonly type: 'artifact-missing'; readonly artifact: string }
  /** What it reads outside of the specification and the store is another: see docs/incremental.md for the words. */
  | { readonly type: 'outside-changed'; readonly before: string; readonly now: string }
  /** The outside world did not say what it reads there. */
  | { readonly type: 'outside-unknown' }
  /** A step before it was run again, and has made another layer. */
  | { readonly type: 'step-before' }
  /** This version of contractor isolates steps, or tells them apart, in another way. */
  | { readonly type: 'contractor-changed' }
  /** A person made it by hand, which nobody takes over. */
  | { readonly type: 'made-by-hand' }
  /** It says `cache: never`. */
  | { readonly type: 'never-cached' }
  /** Whoever builds asked for it. */
  | { readonly type: 'asked'; readonly by: 'no-cache' | 'rebuild' | 'break' | 'verify' }
  /** It was done, and nothing that it depends on has changed, but what it made is not there any more. */
  | { readonly type: 'result-gone'; readonly what: string }
  /** Its last attempt failed, and a failure is never taken over. */
  | { readonly type: 'failed-before'; readonly run: string };

/** Which tree an artifact is; its version where the store has one. */
export interface ArtifactState {
  readonly digest: string;
  readonly version?: number;
}

/** How one parameter differs. `added` and `removed` are of lists; a value that is absent was not given. */
export interface ParameterChange {
  readonly parameter: string;
  readonly before?: Json;
  readonly now?: Json;
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
}

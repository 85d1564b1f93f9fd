import type { DifferenceCause } from '../../store/trees/causes/cause.ts';
import type { ContentsDifference } from '../../store/trees/contents-difference.ts';
import type { Outcome } from '../../machines/outcome.ts';
import type { AttemptReference } from '../attempt-reference.ts';
import type { BareRun } from '../run.ts';
import type { EntryChange } from '../workbench.ts';

export type { DifferenceCause, ContentsDifference };

/** How a project is built twice. */
export interface VerifyOptions {
  /** As for a build. */
  readonly allowSources?: readonly string[];
  readonly strict?: boolean;
  /** Leaves the store in which it was built, to look into. It stays until the project is verified again. */
  readonly keep?: boolean;
  /** Aborting it cancels the build under way and removes everything. */
  readonly signal?: AbortSignal;
  /** Gets each build as it begins. What comes after it waits for what is returned. */
  readonly onBuild?: (build: VerifyBuild) => void | Promise<void>;
  /** Hears when the two are about to be compared. */
  readonly onCompare?: () => void;
}

/** One of the two builds. */
export interface VerifyBuild {
  readonly number: 1 | 2;
  readonly run: BareRun;
  /** The store that it is in, which goes away at the end. */
  readonly store: string;
  /** Where the output of an attempt is. */
  logFile(attempt: AttemptReference): string;
}

/** What came of building a project twice. Plain JSON. */
export type Verification = {
  readonly project: string;
  /** The store with the two runs, oldest first, when it was kept. */
  readonly kept?: { readonly store: string; readonly runs: readonly string[] };
} & (
  | VerifiedBuilds
  /** One of the builds failed, so there is nothing to compare. That it is the second one is a difference too. */
  | {
      readonly type: 'build-failed';
      readonly build: 1 | 2;
      readonly step?: StepName;
      readonly outcome?: Outcome;
    }
  | { readonly type: 'cancelled' }
);

/** Two builds that could be compared. */
export interface VerifiedBuilds {
  readonly type: 'same' | 'different';
  /** What the second build had otherwise than the first. */
  readonly varied: readonly Varied[];
  /** What was compared: each artifact that the project publishes; the workspace, when it publishes none. */
  readonly parts: readonly VerifiedPart[];
  /** The first step after which the files differ, be it in what is compared or beside it, and one of the paths. */
  readonly firstStep?: StepName & { readonly path: string };
  /** What the causes are, and what helps, for each that was found. */
  readonly advice: readonly CauseAdvice[];
}

export interface StepName {
  readonly id: string;
  readonly title: string;
}

/** What differed between the builds, so that a result that depends on it differs too. */
export interface Varied {
  /** `time`: when each began, in milliseconds since 1970. `processors`: how many each could see. */
  readonly what: 'time' | 'processors';
  readonly first: number;
  readonly second: number;
}

/** How one tree of the project came out in both builds. */
export interface VerifiedPart {
  readonly type: 'artifact' | 'workspace';
  readonly name: string;
  /** Of the artifact, from both builds. Times are no part of it. */
  readonly digests?: readonly [string, string];
  /** Only this build has published it. */
  readonly onlyIn?: 1 | 2;
  /** How many entries are in both. */
  readonly compared: number;
  /** Paths from the top of the part. */
  readonly changes: readonly EntryDifference[];
  /** Of the entries in both, those whose times of modification differ, and the first of their paths. They make nothing different. */
  readonly timesDiffer: number;
  readonly times: readonly string[];
  /** Directories that lie too deep to be compared. */
  readonly tooDeep: readonly string[];
  /** There are more changes than are told. */
  readonly isCut: boolean;
}

/** A change, and where it is of contents, how they differ. */
export type EntryDifference = EntryChange & {
  readonly contents?: ContentsDifference;
  /** Of what only the second build has: what only the first has in its place, when their names differ by known causes. */
  readonly insteadOf?: { readonly path: string; readonly causes: readonly DifferenceCause[] };
};

/** A known cause, in words. */
export interface CauseAdvice {
  readonly cause: DifferenceCause;
  readonly means: string;
  readonly helps: string;
}

import type { Progress } from '../actions/action.ts';
import type { TrustedAnswer } from './assess/assessment.ts';
import type { Cause } from './assess/cause.ts';
import type { LimitFinding } from '../sandbox/limits/limit-findings.ts';
import type { Elsewhere } from './placement/elsewhere.ts';
import type { Outcome } from '../machines/outcome.ts';

/**
 * Everything that can happen in a run, as data. The terminal, `--json` and an
 * embedding program live on these alone.
 *
 * `at` is in milliseconds since 1970. `seq` counts the events of a run from 1
 * without gaps; `step-progress` is not kept, so it has none.
 */
export type BuildEvent =
  | (Kept & {
      readonly type: 'run-started';
      readonly specName: string;
      readonly resumed: boolean;
      /** The run of the same file, cut off or cancelled, whose steps are taken over, and its finished steps that the file no longer has. */
      readonly continues?: {
        readonly run: string;
        readonly gone: readonly { readonly project: string; readonly step: string }[];
      };
      /** The run of which it builds again what was not built. */
      readonly retryOf?: string;
      /** Set when a resumed run finds the file of its specification other than it was. It goes on with what it began with. */
      readonly specFile?: 'changed' | 'missing';
      /** The limits that this host only watches, or holds single processes to. */
      readonly unenforced?: readonly LimitFinding[];
      /** The projects that ask for another host than this one, by labels or memory, and are built here all the same. */
      readonly elsewhere?: readonly Elsewhere[];
      /** What is taken without a signature, because the specification says so. */
      readonly unsigned?: readonly UnsignedSource[];
      /** Directories of the host, beside that of the specification, that the user has let it copy from. */
      readonly allowedSources?: readonly string[];
      /** Offline: what other hosts said earlier, and was not asked for again. */
      readonly trusted?: readonly TrustedAnswer[];
      readonly projects: readonly ProjectOutline[];
    })
  | (Kept & {
      readonly type: 'project-started';
      readonly project: string;
      /** Why it is built: the first step that has to be run, and what for. Absent of a run that goes on, and where no step has to. */
      readonly because?: { readonly step: string; readonly cause: Cause };
    })
  | (Kept & OfStep & { readonly type: 'step-started'; readonly attempt: number; readonly attemptId: string })
  /** After a temporary failure, and again where a resumed run finds the time not yet come. */
  | (Kept &
      OfStep & {
        readonly type: 'step-waiting';
        /** The attempt that begins then. */
        readonly attempt: number;
        /** In milliseconds since 1970. */
        readonly until: number;
      })
  /** An attempt that an earlier process began at `startedAt` still ran, or had ended meanwhile, and is gone on with. */
  | (Kept &
      OfStep & {
        readonly type: 'step-adopted';
        readonly attempt: number;
        readonly attemptId: string;
        readonly startedAt: number;
      })
  /** The result of an equal step in the run `from` is taken; nothing is run. */
  | (Kept &
      OfStep & {
        readonly type: 'step-reused';
        readonly attempt: number;
        readonly attemptId: string;
        readonly from: string;
      })
  /** The step was finished in that run `from`, which was cut off or cancelled, and has to be run again all the same. */
  | (Kept & OfStep & { readonly type: 'step-dropped'; readonly from: string; readonly because: string })
  | (OfRun & OfStep & { readonly type: 'step-progress' } & Progress)
  | (Kept &
      OfStep & {
        readonly type: 'step-ended';
        readonly attempt: number;
        readonly attemptId: string;
        readonly outcome: Outcome;
        readonly durationMs: number;
        /** What follows a failure: another attempt, the next step all the same, or the end of the project. */
        readonly next?: 'retry' | 'continue' | 'end';
      })
  | (Kept &
      OfStep & {
        readonly type: 'artifact-published';
        readonly artifact: string;
        readonly version: number;
        readonly digest: string;
        /** False when the newest version already was the same tree. */
        readonly isNew: boolean;
        readonly files: number;
        readonly sizeBytes: number;
        /** What an artifact cannot hold and was left out: sockets, FIFOs, devices. */
        readonly dropped: readonly { readonly path: string; readonly type: string }[];
      })
  | (Kept & {
      readonly type: 'project-ended';
      readonly project: string;
      readonly result: ProjectResult;
      readonly durationMs: number;
      /** For `skipped`: the project that was needed and is not built. */
      readonly because?: string;
      /** It was up to date: nothing was run. Told where the run could not know that as it began, on other hosts. */
      readonly isCurrent?: true;
    })
  /** The project waits for a decision: `resume` with one goes on. The run is left unfinished when nothing else can be done. */
  | (Kept & OfStep & { readonly type: 'project-paused'; readonly because: 'failure' | 'break' })
  | (Kept & { readonly type: 'run-ended'; readonly result: RunResult; readonly durationMs: number });

export type { Progress };

/** That a step takes what nobody has signed. */
export interface UnsignedSource {
  readonly project: string;
  readonly step: string;
  /** A repository, by its address. */
  readonly source: string;
}

/** How a project ended. */
export type ProjectResult = 'built' | 'failed' | 'cancelled' | 'skipped';

/** An event without what the run's own log adds to it. */
export type NewEvent = BuildEvent extends infer Event
  ? Event extends BuildEvent
    ? Omit<Event, 'run' | 'at' | 'seq'>
    : never
  : never;

/** How a run ended. */
export type RunResult = 'built' | 'failed' | 'cancelled';

/**
 * What became of a run in this process: it ended, or stays unfinished: `paused` until somebody decides, or `left` by
 * `close({ steps: 'leave' })` for the next supervisor.
 */
export type RunEnd = RunResult | 'paused' | 'left';

/** What a face needs to draw a project before it starts. */
export interface ProjectOutline {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly steps: readonly { readonly id: string; readonly title: string }[];
  /** Set when the run finds it already ended: as it goes on, or as it begins with what is up to date. */
  readonly result?: ProjectResult;
  /** It was up to date when the run began: all its steps are those of earlier runs. */
  readonly isCurrent?: boolean;
  /** How many of its steps had been committed when a resumed run began. */
  readonly stepsDone: number;
}

interface OfRun {
  readonly run: string;
  readonly at: number;
}

interface Kept extends OfRun {
  readonly seq: number;
}

interface OfStep {
  readonly project: string;
  readonly step: string;
}

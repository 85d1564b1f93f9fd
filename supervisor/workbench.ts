import type { Duplex, Readable } from 'node:stream';
import type { Outcome } from '../machines/outcome.ts';
import type { TerminalSize } from '../sandbox/shell-keeper.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { AttemptReference } from './attempt-reference.ts';
import type { PackageChange } from './compare-packages.ts';
import type { Difference, EntryLook } from '../store/trees/tree-changes.ts';

export type { Difference, EntryLook, PackageChange, TerminalSize };

/** Where to look at recorded steps, and to try them again: it changes nothing of any run. */
export interface Workbench {
  /**
   * What is another in `to` than in `from`: a step's own changes between the states before and after it.
   * Only at `path` and below, when that is given: relative to the workspace, or absolute as a container has it.
   *
   * @throws RUN_UNKNOWN, PROJECT_UNKNOWN, STEP_UNKNOWN, ARTIFACT_UNKNOWN
   */
  compare(from: StateReference, to: StateReference, options?: { readonly path?: string }): Promise<Comparison>;
  /** What stands at one path in both. Undefined where it does not exist. */
  versions(
    from: StateReference,
    to: StateReference,
    options: { readonly path: string; readonly mostBytes?: number },
  ): Promise<Versions>;
  /**
   * Starts a command in the container of a step, as the step had it, on the state that is named. It is on a layer of
   * its own, which goes with it; it ends with this process. For a step that runs in no container, the nearest is taken.
   *
   * @throws RUN_UNKNOWN, PROJECT_UNKNOWN, STEP_UNKNOWN, STORE_DAMAGED, SANDBOX_FAILED; with `commit` RUN_OWNED, NOT_BY_HAND
   */
  open(state: StepStateReference, options?: SessionOptions): Promise<Session>;
  /** A step of a run as its specification said it. @throws RUN_UNKNOWN, PROJECT_UNKNOWN, STEP_UNKNOWN */
  step(reference: AttemptReference): Step;
  /** The file of a run's specification, if it is of one. @throws RUN_UNKNOWN */
  specFile(run: string): string | undefined;
}

/** A state around an attempt of a step, and of nothing else. */
export type StepStateReference = Extract<StateReference, { type: 'step' }>;

/** How the command of a session is started, and what it is. */
export interface SessionOptions {
  /** Gives the command a terminal of its own; otherwise it has pipes. */
  readonly terminal?: TerminalSize;
  /** What is run, by its words, the first a path. Default: what the step runs, within the step's time. */
  readonly command?: readonly string[];
  /** The text of a `shell` step that takes the place of the step's own, in `/run/step` and in what is run by default. */
  readonly script?: string;
  /** Variables beside those of the step. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Shares the network of the host, which no step has. */
  readonly network?: boolean;
  /**
   * The run is owned as long as the session is there, and {@link Session.commit} can make what it leaves the result
   * of the step: of a `shell` step that its project failed at, or is paused at because it failed.
   */
  readonly commit?: boolean;
}

/** A command that was started on a scratch layer. {@link end} has to be called. */
export interface Session {
  /** What is written is typed, or is the standard input; what the command shows, or writes, is read. */
  readonly data: Duplex;
  /** The standard error of a command without a terminal. */
  readonly errors: Readable;
  resize(size: TerminalSize): void;
  /** The container that was taken for a step that runs in none. */
  readonly borrowed?: string;
  /** How the command ended. */
  readonly outcome: Promise<Outcome>;
  /** What it has changed of the state that it began with; once it has ended. */
  changes(): Promise<Comparison>;
  /**
   * Makes what it leaves the result of the step, as an attempt that was made by hand: once the command has ended, and
   * only where {@link SessionOptions.commit} was asked for. On the disk when it resolves; `resume` goes on after it.
   */
  commit(): Promise<{ readonly attempt: number }>;
  /** Ends it with all its processes, and removes what it has written. */
  end(): Promise<void>;
}

/** A state of file trees: around an attempt of a step (after one that failed: what it had done by then), or an artifact. */
export type StateReference =
  | ({ readonly type: 'step'; readonly moment: 'before' | 'after' } & AttemptReference)
  | { readonly type: 'artifact'; readonly artifact: string };

/** How two states differ: in the workspace, and in system trees that steps may write to. */
export interface Comparison {
  readonly parts: readonly ComparedPart[];
  /** Of two artifacts, both of which are system trees whose packages are recorded; by name. */
  readonly packages?: readonly PackageChange[];
  /** Set when a step still writes: this is how it was while it was looked at. */
  readonly moves?: true;
}

/** One tree of a state that is compared with the same one of another. */
export interface ComparedPart {
  /** `workspace`, `artifact`, or the name of a container. */
  readonly type: 'workspace' | 'container' | 'artifact';
  readonly name: string;
  /** In the order of directories; a directory comes before what is in it. */
  readonly changes: readonly EntryChange[];
  /** Directories that lie too deep to be compared. */
  readonly tooDeep: readonly string[];
  /** There are more changes than are told. */
  readonly isCut: boolean;
}

/** One entry that was added, removed or changed. Untrusted names: not to be shown on a terminal as they are. */
export interface EntryChange {
  readonly type: 'added' | 'removed' | 'changed';
  /** From the top of the part; empty for the top itself. Bytes that are not UTF-8 are U+FFFD. */
  readonly path: string;
  /** The bytes of the path in base64, when they are not UTF-8. */
  readonly pathBytes?: string;
  readonly before?: EntryLook;
  readonly after?: EntryLook;
  /** Of a changed one. */
  readonly differs?: readonly Difference[];
}

/** What stands at a path, before and after. */
export interface Versions {
  readonly path: string;
  readonly before?: Version;
  readonly after?: Version;
  /** Set when a step still writes: this is how it was while it was looked at. */
  readonly moves?: true;
}

/** What stands at a path in one of the two states. */
export interface Version {
  readonly look: EntryLook;
  /** Of a regular file. */
  readonly contents?: Uint8Array;
  /** It is longer than what was read of it. */
  readonly isCut: boolean;
}

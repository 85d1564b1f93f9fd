import type { ActionDeclaration } from '../spec-schema/action-declaration.ts';
import type { Assessment } from './assess/assessment.ts';
import type { Explanation } from './assess/explanation.ts';
import type { ArtifactShelf } from './shelf.ts';
import type { AttemptReference } from './attempt-reference.ts';
import type { AloneOptions } from './build-alone.ts';
import type { BuildEvent, ProjectResult, RunResult } from './build-event.ts';
import type { SharedStep, SnapshotOptions } from './checkpoint/checkpoint.ts';
import type { CheckStoreOptions, StoreFinding } from './check-store.ts';
import type { EventBunch, FollowAllOptions } from './follow-all.ts';
import type { GcPolicy } from './gc/gc-policy.ts';
import type { GcOptions, GcReport } from './gc/gc-report.ts';
import type { HostFinding } from '../sandbox/host-check.ts';
import type { InspectionMessage } from './inspection.ts';
import type { Outcome } from '../machines/outcome.ts';
import type { Verification, VerifyOptions } from './verification/verification.ts';
import type { Receipt } from './receipt.ts';
import type { CloseOptions } from './open-runs.ts';
import type { PackageLock } from './package-lock.ts';
import type { Plan, PlannedProject } from './plan.ts';
import type { NeedsOptions, ProjectNeeds } from './project-needs.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { ParseResult } from '../spec-schema/parse-build-spec.ts';
import type { BuildPolicy } from '../spec-schema/build-policy.ts';
import type { ResumedRuns } from './resumed-runs.ts';
import type { Run } from './run.ts';
import type { SpecSource } from './spec-source.ts';
import type { RunPausing } from './run-pausing.ts';
import type { Watch } from './watch/watch.ts';
import type { Workbench } from './workbench.ts';

/**
 * Builds specifications over one artifact store. Several may live in one
 * process, and several processes may share a store.
 *
 * It prints nothing, handles no signal and keeps no global state. Refusals are
 * `ContractorError`s; how a build ended is data.
 */
export interface Supervisor {
  /** The directory of the store. */
  readonly storeDirectory: string;
  /** What its specifications may have as actions: for `buildSpecSchema`. */
  readonly actions: readonly ActionDeclaration[];
  /** Every problem of a specification, or the specification. Reads the store's artifact names; runs nothing. */
  validate(source: SpecSource, options?: ValidateOptions): ParseResult;
  /** What would run and why, in which order, each step with its isolation. Asks the outside world as a build does. */
  plan(source: SpecSource, options?: PlanOptions): Promise<Plan>;
  /** Why a project, or one of its steps, is to be built, or was built last. @throws PROJECT_UNKNOWN, STEP_UNKNOWN */
  why(source: SpecSource, about: WhyOptions): Promise<Explanation>;
  /**
   * How it stands with each project: up to date, to be built, and why, or to be known once those are built that it needs.
   * Asks the outside world as a build does. Builds nothing.
   */
  outOfDate(source: SpecSource, options?: OutOfDateOptions): Promise<Assessment>;
  /**
   * What the projects of a specification need of each other and of this host, each project after those it needs: for a
   * program that has them built elsewhere, with `given`. @throws SPEC_INVALID, PROJECT_UNKNOWN, LOCK_UNFIT
   */
  needs(source: SpecSource, options?: NeedsOptions): Promise<readonly ProjectNeeds[]>;
  /** Starts a build. Refuses (`SPEC_INVALID`, `HOST_UNSUITABLE`, …) before any work is done. */
  build(source: SpecSource, options?: BuildOptions): Promise<Run>;
  /**
   * Builds one project twice, anew and apart from the store's runs and artifacts, and says which files differ and why.
   * What it takes of other projects has to be built. @throws SPEC_INVALID, PROJECT_UNKNOWN, ARTIFACT_UNKNOWN
   */
  verify(source: SpecSource, project: string, options?: VerifyOptions): Promise<Verification>;
  /**
   * Builds what is out of date, now and whenever something changes that it is made of, until it is closed. It begins when
   * its events are asked for. A specification of a file is read again when that changes.
   */
  watch(source: SpecSource, options?: WatchOptions): Watch;
  /**
   * Goes on with every unfinished run of the store that nobody builds, of whichever specification, and adopts what of them still runs:
   * what a program does at its start. Leaves alone what waits for a decision. Each run that cannot be gone on with is said
   * with its refusal; the others are none the worse for it.
   */
  resumeAll(options?: Omit<ResumeOptions, 'decide'>): Promise<ResumedRuns>;
  /**
   * Builds again what an ended run has not built, by the specification that it has read: a new run, which takes over
   * what the other has finished. @throws RUN_UNKNOWN, RUN_UNFINISHED; RUN_ENDED when all of it was built
   */
  retry(run: string, options?: RetryOptions): Promise<Run>;
  /** Goes on with a run that was stopped; by default the newest unfinished one. */
  resume(run?: string, options?: ResumeOptions): Promise<Run>;
  /**
   * Cancels a run, whoever builds it, and waits until it has ended; by default the newest unfinished one.
   * What an earlier process left running is ended too. @throws RUN_UNKNOWN, RUN_ENDED
   */
  cancel(run?: string): Promise<{ readonly id: string; readonly result: RunResult }>;
  /**
   * The exact packages that the newest builds of a specification's file have installed, and where its lock lies. Writes nothing.
   * @throws LOCK_UNFIT for a step that was not built as it is now
   */
  lock(source: SpecSource): Promise<{ readonly path: string; readonly lock: PackageLock }>;
  /** The lock of a specification's file; undefined when it has none. @throws LOCK_UNFIT when it is of other steps */
  checkLock(source: SpecSource): Promise<PackageLock | undefined>;
  /** Newest first. */
  runs(options?: RunsOptions): readonly RunSummary[];
  /** One run with its projects and steps; by default the newest. A unique prefix of an id is enough. */
  run(id?: string): RunDetails;
  /** A run without its projects; by default the newest. */
  summary(id?: string): RunSummary;
  /** The kept events of a run, from the one after `afterSeq` on. */
  events(run: string, afterSeq?: number): readonly BuildEvent[];
  /**
   * The same, and then those that come, whoever builds it, some milliseconds after each is recorded: in the bunches in which
   * they are found, the first of which may be empty;
   * and in bunches of their own `step-progress`, which is not kept. Ends with the run, or when `signal` is aborted or this
   * supervisor closed; one that nobody builds is waited for.
   */
  follow(run: string, options?: FollowOptions): AsyncIterable<readonly BuildEvent[]>;
  /**
   * The kept events of all runs of the store, whoever builds them, in the order in which they were recorded, from any place on: in bunches
   * with the place behind each. The first bunch comes at once and may be empty. Ends when `signal` is aborted or this supervisor closed.
   * @throws CURSOR_UNFIT when the first bunch is asked for, and `after` is no place in this store's events
   */
  followAll(options?: FollowAllOptions): AsyncIterable<EventBunch>;
  /** The versions of artifacts that a run uses or has made. */
  artifactsOfRun(run: string): readonly { readonly name: string; readonly version: number; readonly digest: string }[];
  /** A step that is done, for `checkpoint` of a build in another store; its workspace becomes an artifact, to be pushed. @throws STEP_UNKNOWN */
  snapshotStep(which: SnapshotOptions): Promise<SharedStep>;
  /** Of each step of a run how long it took when it last succeeded, in earlier runs of the same file. */
  lastDurations(run: string): readonly StepDuration[];
  /** What a run builds, as it was read when it began; by default the newest. */
  runSource(id?: string): RunSource;
  /** What a run does for one of its projects, each step with its isolation and limits, as they are on this host now. */
  runPlan(run: string, project: string): Promise<PlannedProject>;
  /** What is saved of a project's machine. Undefined as long as it has not begun. */
  savedState(run: string, project: string): SavedState | undefined;
  /** Where the whole output of an attempt is. By default of the step's newest attempt. */
  logFile(attempt: AttemptReference): string;
  /**
   * What was in force around an attempt, and what it was made with: by default of the step's newest attempt.
   * @throws RECEIPT_UNKNOWN of what an older version has run
   */
  receipt(attempt: AttemptReference): Promise<Receipt>;
  readonly artifacts: ArtifactShelf;
  readonly workbench: Workbench;
  /** What this host has of what contractor needs, each probed for real. */
  checkHost(options?: {
    /** Whether to ask the mirror too. */ readonly network?: boolean;
  }): Promise<readonly HostFinding[]>;
  /** Whether the store is whole: reads all of it. `mend` takes out what is damaged, so that the next build makes it anew. */
  checkStore(options?: CheckStoreOptions): Promise<readonly StoreFinding[]>;
  /**
   * Removes what nothing needs and the policy does not keep: old runs with their layers and logs, old artifact versions, what killed
   * processes have left. Others may build in the store meanwhile. Unfinished and kept runs are safe, and what they use.
   */
  gc(policy?: GcPolicy, options?: GcOptions): Promise<GcReport>;
  /** The policy by which garbage is removed after builds; undefined: it is not. */
  automaticGc(): GcPolicy | undefined;
  setAutomaticGc(policy: GcPolicy | undefined): void;
  /** Keeps a run with all that it has made, whatever the policy of `gc` says, or releases it; by default the newest. */
  keepRun(run?: string, options?: { readonly release?: boolean }): RunSummary;
  /**
   * Stops what still runs, or leaves it to be adopted, waits for that, and closes the store. What is asked for meanwhile is refused
   * (`SUPERVISOR_CLOSING`). Harmless when it was closed before; what is called afterwards opens the store anew.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** Which runs. */
export interface RunsOptions {
  readonly limit?: number;
  /** Those of this specification's file, by its absolute path. */
  readonly file?: string;
}

/** Where following a run begins, and what ends it early. */
export interface FollowOptions {
  /** Begin with the event after this one. */
  readonly afterSeq?: number;
  readonly signal?: AbortSignal;
}

/** What a run builds. */
export interface RunSource {
  readonly run: string;
  /** The specification's projects that the run is of, in its order. */
  readonly projects: readonly Project[];
  readonly text: string;
  /** The file that it was read from, absolute; absent where it came as an object or by a pipe. */
  readonly file?: string;
  /** Where it is to pause: at each failure, and before which steps of each project. */
  readonly pausing?: RunPausing;
}

/** How long a step took. */
export interface StepDuration {
  readonly project: string;
  readonly step: string;
  readonly durationMs: number;
}

/** Where the machine of a project stands. */
export interface SavedState {
  readonly state: string;
  /** Plain JSON. */
  readonly context: unknown;
}

/** How a specification is checked. */
export interface ValidateOptions {
  /** Also reads the files of this host beside it that it names, as a build does: the keys of repositories. */
  readonly files?: boolean;
}

/** What decides of what is up to date. */
export interface OutOfDateOptions {
  /** These projects and what they need. Default: all. */
  readonly projects?: readonly string[];
  /** Take over no result of an earlier run. */
  readonly noCache?: boolean;
  /** Take over no result of these projects. */
  readonly rebuild?: readonly string[];
  /** Also the projects that use what the named ones make. */
  readonly dependents?: boolean;
  /** Trust what other hosts (of git repositories, of packages) said last, instead of asking. Refuses (`OUTSIDE_UNKNOWN`) where they never were. */
  readonly offline?: boolean;
  /**
   * Directories of this host that steps may copy from beside that of the specification and the repository around it;
   * relative to the working directory.
   */
  readonly allowSources?: readonly string[];
  /** Whether to install what the lock beside the file says, when there is one. Default: true. @throws LOCK_UNFIT */
  readonly lock?: boolean;
}

/** What a plan is made for: the same that decides of what is up to date. */
export type PlanOptions = OutOfDateOptions;

/** What is asked about: a project, or one step of it. */
export interface WhyOptions extends Pick<OutOfDateOptions, 'offline' | 'allowSources'> {
  readonly project: string;
  /** A step by its id or number. */
  readonly step?: string;
}

/** What is built and how, beside what decides of what is up to date. */
export interface BuildOptions extends OutOfDateOptions, AloneOptions {
  /** After a failure go on with what does not need the project that failed. By default no further project is begun. */
  readonly keepGoing?: boolean;
  /**
   * Do not go on with the newest run of the same file when that was cut off or cancelled, and take over no result of
   * any run. By default results are taken over where nothing that they depend on has changed, and so is a step that still runs.
   */
  readonly fresh?: boolean;
  /** Refuse (`HOST_UNSUITABLE`) when this host cannot enforce a limit of a step, also where the specification does not ask for that. */
  readonly strict?: boolean;
  /** `false`: refuse (`NOT_TO_BE_SENT`) steps that read files of this host, wherever these lie: the specification is a stranger's. Default: true. */
  readonly hostFiles?: boolean;
  /** `pause`: a project whose step fails for good waits for a decision instead of failing. Default: `stop`. */
  readonly onFailure?: 'pause' | 'stop';
  /** Steps before which their projects wait for a decision. A step by its id or number. */
  readonly breakBefore?: readonly { readonly project: string; readonly step: string }[];
  /**
   * What is admitted of the specification, where others have written it: refused (`POLICY_REFUSES`) before any host is
   * asked and any work done. It is not kept with the run: whoever resumes one has admitted it.
   */
  readonly policy?: BuildPolicy;
  /** How many projects run at once. Default: the number of processors. */
  readonly jobs?: number;
  /** Aborting it cancels the build. */
  readonly signal?: AbortSignal;
  /** Hears what the machines of the build do, in the format of XState's inspectors. What it throws ends the build. */
  readonly inspect?: (message: InspectionMessage) => void;
}

/** How a specification is watched: as it is built, and how often others are asked. */
export interface WatchOptions extends Pick<
  BuildOptions,
  'projects' | 'dependents' | 'offline' | 'allowSources' | 'strict' | 'jobs' | 'inspect'
> {
  /**
   * How often servers of git repositories and of packages are asked, and files looked at all the same, in milliseconds.
   * Default: a minute. A server that does not answer is asked less and less often.
   */
  readonly pollMs?: number;
  /** Cancel a build when something changes that it is made of, and begin anew. By default it goes on to its end first. */
  readonly restart?: boolean;
}

/** What is done with a paused step: it is done, once more if it has failed; passed over; or ends its project. */
export type PauseDecision = 'go-on' | 'skip' | 'give-up';

/** What is built again, it builds under the conditions of the run that it is of. */
export type RetryOptions = Pick<BuildOptions, 'jobs' | 'signal' | 'inspect' | 'allowSources'>;

/** With `allowSources`, what is allowed beside what was when the run began. */
export interface ResumeOptions extends Pick<BuildOptions, 'jobs' | 'signal' | 'inspect' | 'allowSources'> {
  /** For the projects that are paused, by name, or for all of them. One without a decision stays paused. */
  readonly decide?: PauseDecision | Readonly<Record<string, PauseDecision>>;
}

/**
 * What is known of a run without looking at its projects.
 *
 * Times are in milliseconds since 1970.
 */
export interface RunSummary {
  readonly id: string;
  readonly specName: string;
  readonly createdAt: number;
  readonly endedAt?: number;
  /**
   * `running`: a process owns it now. `adoptable`: none does, but a step of it still runs. `interrupted`:
   * none does, and nothing runs. `paused`: none does, and it waits for a decision. `resume` goes on with these three.
   */
  readonly state: 'running' | 'adoptable' | 'interrupted' | 'paused' | RunResult;
  /** Somebody wants it kept: `gc` never removes it. */
  readonly isKept?: true;
  /** The run of which it builds again what was not built. */
  readonly retryOf?: string;
  /** Who owns a running run. */
  readonly owner?: { readonly pid: number; readonly host: string; readonly since: number };
}

/** A run with all its projects, in the order of its specification. */
export interface RunDetails extends RunSummary {
  readonly projects: readonly ProjectDetails[];
}

/** How it stands with one project of a run, as it is recorded. */
export interface ProjectDetails {
  readonly name: string;
  readonly result?: ProjectResult;
  /** Set as long as it waits for a decision. */
  readonly paused?: { readonly step: string; readonly because: 'failure' | 'break' };
  readonly steps: readonly StepDetails[];
}

/** One step of a project in a run, with what was tried of it. */
export interface StepDetails {
  readonly id: string;
  readonly title: string;
  /** Oldest first; empty when the step has not started. */
  readonly attempts: readonly AttemptDetails[];
}

/** One attempt of a step, as it is recorded. */
export interface AttemptDetails {
  readonly id: string;
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Absent while it runs, or when a crash cut it off. */
  readonly outcome?: Outcome;
  /** The attempt of an earlier run whose result, and log, was taken instead of running anything. */
  readonly reusedFrom?: string;
}

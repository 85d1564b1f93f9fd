/**
 * The public API of contractor: a table of contents.
 *
 *     import { createSupervisor } from 'contractor';
 *
 *     const supervisor = createSupervisor();
 *     const run = await supervisor.build({ text, fileName: 'build.yaml' });
 *     for await (const event of run.events()) console.log(event.type);
 *     const result = await run.result; // 'built', 'failed', 'cancelled'; 'paused' or 'left' stay unfinished
 *     await supervisor.close();
 */
export { ContractorError, ERROR_CODES } from './errors.ts';
export type { ErrorCode } from './errors.ts';

export { createSupervisor } from './supervisor/create-supervisor.ts';
export type { SupervisorOptions } from './supervisor/supervisor-options.ts';
export type { StepLimits } from './supervisor/step-limits.ts';
export { defineAction } from './actions/own/define-action.ts';
export type {
  CommandOf,
  ContainerAction,
  OwnAction,
  OwnActionContext,
  OwnActionWords,
  OwnCommand,
  OwnResult,
  ProgramAction,
  ToolAction,
} from './actions/own/own-action.ts';
export type { ResolvedInput } from './actions/action.ts';
export { readSpecFile } from './supervisor/spec-source.ts';
export type { SpecSource } from './supervisor/spec-source.ts';
export type { ArtifactDetails, ArtifactShelf, ArtifactVersion } from './supervisor/shelf.ts';
export type { AttemptReference } from './supervisor/attempt-reference.ts';
export { isSharedStep } from './supervisor/checkpoint/is-shared-step.ts';
export { isCheckpointName } from './supervisor/checkpoint/checkpoint.ts';
export type {
  Checkpoint,
  SharedArtifact,
  SharedStep,
  SharedTree,
  SnapshotOptions,
} from './supervisor/checkpoint/checkpoint.ts';
export type { CloseOptions } from './supervisor/open-runs.ts';
export type { ResumedRuns } from './supervisor/resumed-runs.ts';
export type { BareRun, Run } from './supervisor/run.ts';
export type {
  AttemptDetails,
  BuildOptions,
  FollowOptions,
  OutOfDateOptions,
  PauseDecision,
  PlanOptions,
  ProjectDetails,
  ResumeOptions,
  RetryOptions,
  RunDetails,
  RunSource,
  RunsOptions,
  RunSummary,
  SavedState,
  StepDetails,
  StepDuration,
  Supervisor,
  ValidateOptions,
  WatchOptions,
  WhyOptions,
} from './supervisor/supervisor.ts';
export type {
  ComparedPart,
  Comparison,
  EntryChange,
  EntryLook,
  PackageChange,
  Session,
  SessionOptions,
  StateReference,
  StepStateReference,
  TerminalSize,
  Version,
  Versions,
  Workbench,
} from './supervisor/workbench.ts';
export type { EventBunch, FollowAllOptions, ForgottenRun, RecordedEvent } from './supervisor/follow-all.ts';
export type { GcPolicy, WholeGcPolicy } from './supervisor/gc/gc-policy.ts';
export type { GcOptions, GcReport } from './supervisor/gc/gc-report.ts';
export type {
  DifferenceCause,
  CauseAdvice,
  ContentsDifference,
  EntryDifference,
  Varied,
  Verification,
  VerifiedBuilds,
  VerifiedPart,
  VerifyBuild,
  VerifyOptions,
} from './supervisor/verification/verification.ts';
export type { Assessment, ProjectState, TrustedAnswer } from './supervisor/assess/assessment.ts';
export type { ArtifactState, Cause, ParameterChange } from './supervisor/assess/cause.ts';
export { causeText } from './supervisor/assess/cause-text.ts';
export type { CauseLink, Explanation, LastBuilt } from './supervisor/assess/explanation.ts';
export type { Change, Watch, WatchEvent } from './supervisor/watch/watch.ts';
export type { CheckStoreOptions, StoreFinding } from './supervisor/check-store.ts';
export type {
  PlaceUser,
  PrunePlaceOptions,
  PrunePlaceReport,
  PullReport,
  PushOptions,
  PushReport,
  RemoteReference,
  TransferOptions,
  TransferProgress,
} from './supervisor/exchange/exchange.ts';
export { buildEventSchema } from './supervisor/build-event-schema.ts';
export { watchEventSchema } from './supervisor/watch/watch-event-schema.ts';
export type { InspectionMessage } from './supervisor/inspection.ts';
export type { ExpectedWitness, MountRule } from './sandbox/expected-witness.ts';
export type { Witness, WitnessedMount } from './sandbox/witness.ts';
export type { VerifiedProvenance } from './supervisor/verify-provenance.ts';
export type { Receipt } from './supervisor/receipt.ts';
export type {
  BuildEvent,
  Progress,
  ProjectOutline,
  ProjectResult,
  RunEnd,
  RunResult,
  UnsignedSource,
} from './supervisor/build-event.ts';
export type { Isolation, Plan, PlannedLimit, PlannedProject, PlannedStep } from './supervisor/plan.ts';

export { missingOf, missingText } from './supervisor/placement/host-traits.ts';
export { thisHost } from './supervisor/placement/this-host.ts';
export type { HostTraits, MissingTrait } from './supervisor/placement/host-traits.ts';
export type { Elsewhere } from './supervisor/placement/elsewhere.ts';

export { describeMachine, machineModule } from './machines/describe-machine.ts';
export type { Pausing } from './machines/project-machine.ts';
export type { MachineOutline, StateOutline, TransitionOutline } from './machines/machine-outline.ts';

export { outcomeText } from './machines/outcome.ts';
export { amountText, limitHitHint } from './machines/limit-hit.ts';
export type { LimitHit, LimitName } from './machines/limit-hit.ts';
export { UNIT_OF_LIMIT } from './sandbox/limits/limit-name.ts';
export type { Outcome } from './machines/outcome.ts';

export type { HostFinding } from './sandbox/host-check.ts';
export type { LimitFinding, LimitMechanism } from './sandbox/limits/limit-findings.ts';

export { buildSpecSchema } from './spec-schema/build-spec-schema.ts';
export { parseBuildPolicy, buildPolicySchema } from './spec-schema/build-policy.ts';
export type { BuildPolicy, BuildPolicyResult } from './spec-schema/build-policy.ts';
export { isLabel } from './spec-schema/runs-on.ts';
export { formatProblem, formatProblems } from './spec-schema/problem.ts';
export type { Problem, ProblemCode } from './spec-schema/problem.ts';
export type { ParseResult } from './spec-schema/parse-build-spec.ts';
export type { NeedsOptions, ProjectNeeds } from './supervisor/project-needs.ts';
export { runDecision } from './machines/run-decision.ts';
export type { ProjectFate, RunContext } from './machines/run-decision.ts';
export { lockFileText, lockPath } from './supervisor/package-lock.ts';
export type { LockedStep, PackageLock } from './supervisor/package-lock.ts';
export type { LockedPackage } from './actions/package-lock.ts';
export type { InstalledPackage } from './store/trees/installed-packages.ts';
export type { BuildSpec, Project, RunsOn, Step } from './spec-schema/build-spec.ts';
export type { Limits } from './spec-schema/step-limits.ts';
export type { ActionDeclaration } from './spec-schema/action-declaration.ts';
export { declarations } from './actions/all-actions.ts';

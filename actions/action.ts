import type { Outcome } from '../machines/outcome.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import type { Exit } from '../sandbox/exit.ts';
import type { KeeperJob } from '../sandbox/keeper-job.ts';
import type { SandboxPolicy } from '../sandbox/policy.ts';
import type { MappedCommand, MappedEnd } from '../sandbox/run-in-id-map.ts';
import type { ActionDeclaration } from '../spec-schema/action-declaration.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { Problem } from '../spec-schema/problem.ts';
import type { FileHashes } from './contents-digest.ts';
import type { TreeJob, TreeJobResults } from '../store/trees/tree-job.ts';
import type { InstalledPackage } from '../store/trees/installed-packages.ts';
import type { TreePackages } from '../store/trees/tree-packages.ts';

/**
 * What a step can do: what a specification says of it, what it may see and reach,
 * and the service that does it. An action never decides what comes next.
 */
export interface Action {
  readonly declaration: ActionDeclaration;
  /** Of an action that is not built in: results of another version are not taken for this one's. */
  readonly version?: string;
  /** What the step may see and reach, for `plan`. */
  isolation(step: Step): Isolation;
  /** Directories of the host that the step is shown read-only, relative to the specification or absolute. */
  hostDirectories?(step: Step): readonly string[];
  /** Paths of the host, relative to the specification or absolute, whose files become part of the workspace. */
  hostSources?(step: Step): readonly string[];
  /** Whether it installs packages of which a lock can say which. */
  readonly isLockable?: true;
  /** What the step takes from somewhere although nobody has signed it, since the specification says so. */
  unsignedSources?(step: Step): readonly string[];
  /**
   * Whether the step can be done as it is said, with what this host has, without doing any of it. Asked before a build begins.
   *
   * @throws the refusal
   */
  assertPossible?(step: Step, context: Pick<ActionContext, 'specDirectory'>): void;
  /** What is wrong with files of this host that the step names, all of it: for who only wants to know. */
  problems?(step: Step, place: Pick<OutsidePlace, 'specDirectory' | 'now'>): readonly StepProblem[];
  /** What the step's result depends on beside its parameters and what is in the store; absent where that is nothing. */
  readonly outside?: Outside;
  /** What its command runs under; absent where there is none. The same is shown by `plan` and handed to the sandbox. */
  policy?(step: Step, surroundings: PolicySurroundings): SandboxPolicy;
  /** The TCP ports that the command of each of these steps may connect to, in their order; absent where it has no network. */
  ports?(steps: readonly Step[]): Promise<readonly (readonly number[])[]>;
  /** Programs of the host that do it, beside those that make a sandbox: for the receipt. */
  readonly tools?: readonly string[];
  /** Does it. Resolves also when the step fails; rejects only for what the host or the store cannot do. */
  run(step: Step, context: ActionContext): Promise<ActionResult>;
}

/** Something that is wrong with a step, at the end of a path from it. */
export interface StepProblem extends Pick<Problem, 'code' | 'message'> {
  readonly path: readonly (string | number)[];
  readonly mend: string;
}

/** How the outside world is asked for what a step reads there: files of this host, a server. */
export interface Outside {
  /** What is asked for, in words: the same for steps that ask for the same. */
  question(step: Step, place: Pick<OutsidePlace, 'specDirectory'>): string;
  /** Whether it is asked of another host. */
  isRemote(step: Step): boolean;
  /** Where on this host it shows that the answer may be another, for who waits for that. */
  places?(step: Step, place: Pick<OutsidePlace, 'specDirectory'>): readonly HostPlace[];
  /**
   * The answer, as text that differs when what the step reads does: a word for what it is, and then the rest.
   * Undefined when it cannot be told. Never rejects for what the outside world does.
   */
  ask(step: Step, place: OutsidePlace): Promise<string | undefined>;
}

/** What of this host an answer is about. */
export interface HostPlace {
  /** A directory, absolute; it need not be there. */
  readonly directory: string;
  /** Only these names in it; absent where it is all that is in it, on any level. */
  readonly names?: readonly string[];
  /** Shell patterns of what is not meant, as tar(1) takes them. */
  readonly exclude?: readonly string[];
  /** What to call it, where that is not by its files. */
  readonly repository?: string;
}

/** What a question is asked with. */
export interface OutsidePlace extends Pick<ActionContext, 'specDirectory' | 'signal'> {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly hashes: FileHashes;
  /** What a vetted tool writes when it is asked for something, in a sandbox like that of a step; undefined when it fails. */
  askTool(job: ToolQuestion): Promise<string | undefined>;
}

/** What a vetted tool is run with to ask for something. */
export interface ToolQuestion extends Pick<KeeperJob, 'files' | 'command'> {
  /** A directory of this host that it reads, as {@link ActionContext.hostMount} has it. */
  readonly hostDirectory?: string;
  readonly policy: (hostMount: PolicySurroundings['hostMount']) => SandboxPolicy;
}

/** What a policy depends on beside the step. */
export interface PolicySurroundings {
  /** Whether a container's system tree may be changed. */
  isWritable(container: string): boolean;
  /** See {@link ActionContext.hostMount}. */
  hostMount(directory: string): string;
}

/** What a step may see and reach, in words that fit on a line each. */
export interface Isolation {
  /** `contractor`: contractor's own code. `vetted-tool`: bwrap, host read-only. `container`: bwrap on a system tree. */
  readonly runsIn: 'contractor' | 'vetted-tool' | 'container';
  readonly network: boolean;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** An input by what it was at the time: a `ResourceDescriptor` of in-toto. */
export interface ResolvedInput {
  readonly uri: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** How far a long step is. `total` is absent as long as nobody knows. */
export interface Progress {
  /** A word for what is counted or done now: `unpacking libc6`. */
  readonly label: string;
  readonly done?: number;
  readonly total?: number;
}

/** What an action works with. It has no clock, no ids and no database: the supervisor has. */
export interface ActionContext {
  /** The project's tree before the step. */
  readonly tree: ProjectTree;
  /** What relative paths of the specification start from. */
  readonly specDirectory: string;
  readonly signal: AbortSignal;
  /** The name of the layer that the step makes; the second one is for the system tree. An attempt that is gone on with gets the same again. */
  newLayer(): string;
  /**
   * Runs a command in a sandbox: on the workspace, as a new layer, with its output in the attempt's log.
   * At most once in a step, and first: a step that outlived its supervisor is gone on with by calling the
   * action again, which then gets the exit of the command that is running or has ended already.
   */
  runSandboxed(job: SandboxJob): Promise<Exit>;
  /** Runs a command of ours on the store's trees, as the root of the id map. */
  runInIdMap(command: Omit<MappedCommand, 'trees' | 'idMap' | 'signal'>): Promise<MappedEnd>;
  /** Has the store's worker do something with trees. */
  treeJob<Type extends TreeJob['type']>(
    job: Extract<TreeJob, { type: Type }>,
    options?: { readonly overlays?: MappedCommand['overlays']; readonly onProgress?: (progress: Progress) => void },
  ): Promise<TreeJobResults[Type]>;
  /** Makes a layer that contractor's own code filled, in `layers/.new-ID`, a sealed one. */
  sealLayer(layer: string): void;
  /** Where a host directory of {@link Action.hostDirectories} is mounted for the sandbox. */
  hostMount(directory: string): string;
  /** The version of an artifact that this run uses: the one it made, else the newest. */
  artifact(name: string): ArtifactPlace | undefined;
  /** When the newest list was made that was ever taken from a repository, in seconds since 1970. */
  releaseBefore(key: string): number | undefined;
  /** Where the whole output of the attempt goes. */
  readonly logFile: string;
  /** Adds a line to it. */
  log(line: string): void;
  onProgress(progress: Progress): void;
}

export type SandboxJob = Pick<KeeperJob, 'policy' | 'command'> &
  Partial<Pick<KeeperJob, 'files' | 'root' | 'shown'>> & { readonly layer: string };

export interface ArtifactPlace {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
}

export interface ActionResult {
  readonly outcome: Outcome;
  /** What the step has found its input to be, where the specification leaves that open. */
  readonly resolved?: readonly ResolvedInput[];
  /** When the lists were made that it has taken from repositories: to be remembered. */
  readonly releases?: readonly { readonly key: string; readonly date: number }[];
  /** The packages that it has installed. */
  readonly installed?: readonly InstalledPackage[];
  /** The project's tree after the step. */
  readonly tree: ProjectTree;
  /** Layers that are sealed and now belong to the tree. */
  readonly layers?: readonly {
    readonly id: string;
    readonly kind: 'workspace' | 'systree';
    readonly container?: string;
  }[];
  /** A tree that was published, to be given a version. */
  readonly published?: {
    readonly name: string;
    readonly digest: string;
    readonly entries: number;
    readonly files: number;
    readonly sizeBytes: number;
    readonly dropped: readonly { readonly path: string; readonly type: string }[];
    /** What it says of its packages, when it is a system tree. */
    readonly system?: TreePackages;
  };
}

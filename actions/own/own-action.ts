import type { JsonObject } from '../../spec-schema/build-spec.ts';
import type { Progress, ResolvedInput } from '../action.ts';

/**
 * An action that a program defines which embeds contractor; see {@link defineAction}. Where its work is
 * done is its isolation policy, and there are three: each says by its type what the action may have.
 */
export type OwnAction = ContainerAction | ToolAction | ProgramAction;

/** What every own action says of itself. */
export interface OwnActionWords {
  /** What a step names it by: lower-case letters, digits and hyphens. None of the built-in names. */
  readonly name: string;
  /** One sentence, shown by an editor. */
  readonly description: string;
  /**
   * Part of the key of every step: results of another version are not taken for this one's. To be changed with
   * anything that makes the action do something else.
   */
  readonly version: string;
  /** JSON Schema (draft 2020-12) of each parameter, by its key in the YAML. Each has a `description`. */
  readonly parameters?: Readonly<Record<string, JsonObject>>;
  /** The keys that a step must give. */
  readonly required?: readonly string[];
  /** The parameter whose value tells one step of this action from another in its title. */
  readonly titleParameter?: string;
}

/**
 * A command in a container of the project, as `shell` has it: on the workspace, without network. Its steps
 * have the parameter `container-name` beside those that are declared.
 */
export interface ContainerAction extends OwnActionWords {
  readonly isolation: { readonly runsIn: 'container' };
  readonly command: CommandOf;
  /** Exit statuses that a later attempt may not meet. */
  readonly temporaryStatus?: readonly number[];
}

/** A program of the host on the workspace, with the host read-only and nothing of any home, as `git` has it. */
export interface ToolAction extends OwnActionWords {
  readonly isolation:
    | { readonly runsIn: 'vetted-tool'; readonly network: false }
    /** Only to these ports of other hosts, by TCP, where the kernel can hold it to them. */
    | { readonly runsIn: 'vetted-tool'; readonly network: true; readonly ports: readonly number[] };
  /** Programs of the host that it needs. They are looked for before a build begins, and are in the receipt. */
  readonly tools: readonly string[];
  readonly command: CommandOf;
  /** Exit statuses that a later attempt may not meet. */
  readonly temporaryStatus?: readonly number[];
}

/**
 * What is run for a step of these parameters. Pure: it is asked before a build, for each attempt, for a shell, and
 * once more by a process that comes back to a command which runs. What is thrown refuses the step.
 */
export type CommandOf = (parameters: JsonObject) => OwnCommand;

/** A command, and what it finds. */
export interface OwnCommand {
  /** The program and its arguments, as they are: no shell reads them. */
  readonly command: readonly string[];
  /** Beside the few variables that every sandbox has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where in the workspace it begins, of a container. Default: the top. */
  readonly directory?: string;
  /** Contents of files that it finds as `/run/NAME`, read-only and executable. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Code of the embedding program, in its process: it may do whatever that may, nothing holds it, and the plan says
 * so. It is run again when the process was killed meanwhile, so it should do no harm by being run twice.
 */
export interface ProgramAction extends OwnActionWords {
  readonly isolation: { readonly runsIn: 'contractor' };
  /** Does it. What it throws is why the step has failed. */
  run(parameters: JsonObject, context: OwnActionContext): Promise<OwnResult | undefined>;
}

/** What the code of an own action gets. Nothing in it leads to the store, to another step or to a sandbox. */
export interface OwnActionContext {
  /** Aborts when the step is cancelled or out of time. Nobody waits for the code then, and what it gives is not taken. */
  readonly signal: AbortSignal;
  /** What relative paths of the specification start from. */
  readonly specDirectory: string;
  /** Adds a line to the log of the attempt. */
  log(line: string): void;
  /** Tells how far it is. */
  progress(progress: Progress): void;
}

/** How the code of an own action ended. Nothing at all: it succeeded. */
export type OwnResult =
  | {
      /** New contents of files of the workspace, by their paths in it. They belong to the builder. */
      readonly files?: Readonly<Record<string, string | Uint8Array>>;
      /** What it has found its input to be, for the receipt and the provenance. */
      readonly resolved?: readonly ResolvedInput[];
    }
  | {
      /** Why it has failed, in a line. */
      readonly failed: string;
      /** What may help. */
      readonly hint?: string;
      /** A later attempt may not meet it. */
      readonly temporary?: true;
    };

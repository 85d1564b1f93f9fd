import type { Limits } from './step-limits.ts';

/**
 * A build specification after parsing: plain JSON, every default filled in, so
 * that the same text always gives the same bytes.
 */
export interface BuildSpec {
  readonly projects: readonly Project[];
}

/** A name and a sequence of steps. */
export interface Project {
  /** Unique in its specification. */
  readonly name: string;
  /** Projects that must be built first: those named by `depends-on`, and those that make an artifact this one uses. */
  readonly dependsOn: readonly string[];
  /** What the host that builds it has to be. Absent: any host is right. */
  readonly runsOn?: RunsOn;
  /** `step`: of workers that build it, another goes on behind its last committed step. Absent: it begins anew. It is part of no step key. */
  readonly checkpoint?: 'step';
  readonly steps: readonly Step[];
}

/** What a project asks of the host that builds it. It says where a result is made, never what it is: no step key has it. */
export interface RunsOn {
  /** Each is a word, or a word with a value: `gpu`, `zone=eu`. */
  readonly labels?: readonly string[];
  /** By Debian's name. There are no others that contractor builds on. */
  readonly architecture?: 'amd64' | 'arm64';
  /** What the host has in all, and not what steps may use of it. */
  readonly memoryBytes?: number;
}

/** One action with its parameters. */
export interface Step {
  /** Stable and unique in its project: its place, counted from 1, and its action, as in `2-debootstrap`. */
  readonly id: string;
  /** What a person reads: the step's `name`, or its action with the parameter that tells it apart, as in `debootstrap unstable`. */
  readonly title: string;
  /** The name of an {@link ActionDeclaration}. */
  readonly action: string;
  /** The action's own keys, as its schema admits them, with the schema's defaults filled in. */
  readonly parameters: JsonObject;
  /** How long one attempt may take. Absent: no limit of the step's own. */
  readonly timeoutMs?: number;
  /** What it may use up: of the step, its project and the specification, the nearer one. Absent: defaults alone. */
  readonly limits?: Limits;
  /** How many more attempts a failed step gets. Absent: none, but a few after a temporary failure. */
  readonly retries?: number;
  /** `never`: it is run in every build, as its result depends on what nobody can see. */
  readonly cache?: 'never';
  /** Whether the project goes on when the step has failed for good. */
  readonly continueOnFailure: boolean;
}

/** A value that JSON can carry without loss. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object that JSON can carry without loss. */
export interface JsonObject {
  readonly [key: string]: Json;
}

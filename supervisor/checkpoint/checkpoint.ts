import { createHash } from 'node:crypto';

/** A step of a project that is done, as other stores can take it over: plain JSON. */
export interface SharedStep {
  readonly step: string;
  /** The attempt that has done it, in the store where that was. */
  readonly attempt: string;
  readonly number: number;
  /** In milliseconds since 1970, like `endedAt`. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The text of its receipt; null of what has none. */
  readonly receipt: string | null;
  /** The artifact that it has published. */
  readonly published?: SharedArtifact;
  /** What the project has after it; null where that was not shared, or cannot be. */
  readonly tree: SharedTree | null;
}

/** An artifact by its digest: versions are counted by each store for itself. */
export interface SharedArtifact {
  readonly name: string;
  readonly digest: string;
}

/** What a project has after a step. */
export interface SharedTree {
  /** Its workspace as an artifact, under {@link checkpointName}; null where that is empty. */
  readonly workspace: SharedArtifact | null;
  readonly containers: Readonly<Record<string, { readonly artifact: SharedArtifact; readonly writable: boolean }>>;
}

/** The steps of a project that are done, from its first on; the last of them has a tree. */
export interface Checkpoint {
  readonly project: string;
  /** The run that they were done in, for who reads the events. */
  readonly from: string;
  readonly steps: readonly SharedStep[];
}

/** Which step, of a run that has done it. */
export interface SnapshotOptions {
  /** Its whole id. */
  readonly run: string;
  readonly project: string;
  readonly step: string;
  /** `false`: what it has left is not read. */
  readonly tree?: boolean;
  readonly signal?: AbortSignal;
}

const PREFIX = 'checkpoint+';

/** What the workspaces of a project are called where artifacts are. No specification can name it. */
export function checkpointName(project: string): string {
  return `${PREFIX}${createHash('sha256').update(project).digest('hex').slice(0, 16)}`;
}

/** Whether an artifact is the workspace of a step. */
export function isCheckpointName(name: string): boolean {
  return name.startsWith(PREFIX);
}

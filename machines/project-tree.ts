/**
 * What the steps of a project have made up to a point: names only, so that it
 * lives in a save. A step never changes what is below it: it adds a layer.
 */
export interface ProjectTree {
  /** What the workspace shows, bottom layer first. Empty: an empty workspace. */
  readonly workspace: readonly TreeReference[];
  /** The containers that `create-systree` has made known, by name. */
  readonly containers: Readonly<Record<string, Container>>;
}

/** A system tree to run commands on. */
export interface Container {
  readonly artifact: string;
  readonly version: number;
  readonly digest: string;
  readonly writable: boolean;
  /** Changes to the tree, bottom layer first; only of a writable one. */
  readonly layers: readonly TreeReference[];
}

/** A sealed layer, or an artifact mounted as one. */
export type TreeReference =
  | { readonly type: 'layer'; readonly id: string }
  | { readonly type: 'artifact'; readonly name: string; readonly version: number; readonly digest: string };

/** Before the first step. */
export const EMPTY_TREE: ProjectTree = { workspace: [], containers: {} };

import { join } from 'node:path';
import { treePath } from '../actions/tree-paths.ts';
import type { ProjectTree, TreeReference } from '../machines/project-tree.ts';
import type { ArtifactRecord } from '../store/records/artifacts.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import type { WantedResult } from '../store/records/reuse.ts';
import type { AttemptResult } from './attempt.ts';
import type { RunWorld } from './run-world.ts';

/** A result that an earlier run has left, whole. */
export interface ReusableResult {
  readonly type: 'reusable';
  readonly attempt: AttemptRecord & { readonly type: 'ended' };
  readonly result: AttemptResult;
  /** The artifact version that it published, or one with the same tree. */
  readonly published?: ArtifactRecord;
}

/** It is recorded, but what it made is not there any more: not reusable. */
export interface GoneResult {
  readonly type: 'gone';
  readonly what: string;
}

/**
 * The result of a step with the wanted key, of whichever run of the store; undefined when there is none.
 * `known` are trees that were looked for already, so that each is looked for once.
 */
export function reusableResult(
  wanted: WantedResult,
  { store, sandbox }: Pick<RunWorld, 'store' | 'sandbox'>,
  known: Map<string, boolean> = new Map(),
): ReusableResult | GoneResult | undefined {
  const attempt = store.findSucceeded(wanted);
  if (attempt?.type !== 'ended') return undefined;
  const result = attempt.result as AttemptResult | null;
  if (result === null) return { type: 'gone', what: 'what it made' };
  const isThere = (path: string): boolean => {
    const found = known.get(path) ?? sandbox.hasTree(store.paths.trees, path);
    known.set(path, found);
    return found;
  };
  const lost = referencesOf(result.tree).find((each) => !isThere(join('layers', treePath(each))));
  if (lost !== undefined) return { type: 'gone', what: nameOf(lost) };
  if (result.published === undefined) return { type: 'reusable', attempt, result };
  const { name, version } = result.published;
  const published = store.findSameTree({ name, version });
  if (published === undefined || !isThere(join('artifacts', name, published.digest, 'tree'))) {
    return { type: 'gone', what: `the artifact \`${name}@${version}\`` };
  }
  return { type: 'reusable', attempt, result, published };
}

/** Every tree that a project's tree rests on. */
export function referencesOf({ workspace, containers }: ProjectTree): readonly TreeReference[] {
  const stacks = Object.values(containers).flatMap(({ artifact, version, digest, layers }): TreeReference[] => [
    { type: 'artifact', name: artifact, version, digest },
    ...layers,
  ]);
  return [...workspace, ...stacks];
}

function nameOf(reference: TreeReference): string {
  return reference.type === 'layer'
    ? `the layer \`${reference.id}\``
    : `the tree of the artifact \`${reference.name}@${reference.version}\``;
}

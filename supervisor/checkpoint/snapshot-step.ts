import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lowerPaths } from '../../actions/tree-paths.ts';
import { ContractorError } from '../../errors.ts';
import type { ProjectTree } from '../../machines/project-tree.ts';
import { OVERLAY_PLACE } from '../../sandbox/run-in-id-map.ts';
import type { AttemptResult } from '../attempt.ts';
import type { ShelfWorld } from '../shelf-world.ts';
import { runTreeJob } from '../tree-worker.ts';
import { checkpointName } from './checkpoint.ts';
import type { SharedArtifact, SharedStep, SharedTree, SnapshotOptions } from './checkpoint.ts';

/**
 * A step that has succeeded, as other stores can take it over. Its workspace becomes an artifact of this store, which is to be
 * pushed where the others find it.
 *
 * Without a tree where an artifact would not hold all of it: a container whose system tree was changed, a workspace with sockets, FIFOs or devices.
 *
 * @throws STEP_UNKNOWN where the run has not done it
 */
export async function snapshotStep(
  { run, project, step, tree: isAsked = true, signal }: SnapshotOptions,
  world: ShelfWorld,
): Promise<SharedStep> {
  const { store } = world;
  const found = store.succeededAttempt(run, project, step);
  const attempt = found === undefined ? undefined : (store.getAttempt(found.reusedFrom ?? found.id) ?? found);
  if (found?.type !== 'ended' || attempt?.type !== 'ended') {
    throw new ContractorError('STEP_UNKNOWN', `Step \`${step}\` of \`${project}\` is not done.`, 'Wait for its end.');
  }
  const { tree, published } = found.result as AttemptResult;
  const made = published && store.findArtifact(published.name, published.version);
  return {
    step,
    attempt: attempt.id,
    number: attempt.number,
    startedAt: attempt.startedAt,
    endedAt: attempt.endedAt,
    receipt: store.getReceipt(attempt.id) ?? null,
    ...(made === undefined ? {} : { published: { name: made.name, digest: made.digest } }),
    tree: isAsked ? await sharedTree(tree, { project, signal }, world) : null,
  };
}

async function sharedTree(
  { workspace, containers }: ProjectTree,
  { project, signal }: { readonly project: string; readonly signal: AbortSignal | undefined },
  world: ShelfWorld,
): Promise<SharedTree | null> {
  const all = Object.entries(containers);
  if (all.some(([, { layers }]) => layers.length > 0)) return null;
  const shared = workspace.length === 0 ? null : await publishWorkspace(workspace, { project, signal }, world);
  if (shared === undefined) return null;
  return {
    workspace: shared,
    containers: Object.fromEntries(
      all.map(([name, { artifact, digest, writable }]) => [name, { artifact: { name: artifact, digest }, writable }]),
    ),
  };
}

/** Undefined where an artifact would not be the same. */
async function publishWorkspace(
  workspace: ProjectTree['workspace'],
  { project, signal }: { readonly project: string; readonly signal: AbortSignal | undefined },
  { store, idMap, bootId, now }: ShelfWorld,
): Promise<SharedArtifact | undefined> {
  const name = checkpointName(project);
  const { trees } = store.paths;
  const lower = lowerPaths(workspace);
  const layers = workspace.map((each) =>
    each.type === 'layer' ? `layers/${each.id}` : `artifacts/${each.name}/${each.digest}/tree`,
  );
  for (;;) {
    const published = await runTreeJob(
      { type: 'publish', merged: OVERLAY_PLACE, layers, name },
      { trees, idMap: idMap() },
      { overlays: [{ target: OVERLAY_PLACE, lower }], ...(signal === undefined ? {} : { signal }) },
    );
    if (published.type === 'refused' || published.droppedCount > 0) return undefined;
    const { digest, entries, files, sizeBytes } = published;
    const isRecorded = store.transaction(() => {
      // The same tree was there already, and was just removed as old.
      if (!existsSync(join(trees, 'artifacts', name, digest, 'tree'))) return false;
      const made = { createdAt: now(), madeBy: null, bootId };
      store.recordArtifactVersion({ name, digest, entries, files, sizeBytes, ...made });
      return true;
    });
    if (isRecorded) return { name, digest };
  }
}

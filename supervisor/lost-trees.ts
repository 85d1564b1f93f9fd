import { join } from 'node:path';
import { treePath } from '../actions/tree-paths.ts';
import { ContractorError } from '../errors.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import type { Store } from '../store/open-store.ts';
import type { ListedArtifact } from '../store/records/artifacts.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import type { AttemptResult } from './attempt.ts';
import type { NewEvent } from './build-event.ts';
import { endLeftAttempts } from './end-left-attempts.ts';
import { referencesOf } from './reusable-result.ts';
import type { RunWorld } from './run-world.ts';

type TreesOfStore = Pick<RunWorld, 'store' | 'sandbox'>;

/** A tree that `tree` rests on and that the store has lost; undefined when all are there. */
export function lostTree(tree: ProjectTree, { store, sandbox }: TreesOfStore): string | undefined {
  const lost = referencesOf(tree).find((each) => !sandbox.hasTree(store.paths.trees, join('layers', treePath(each))));
  if (lost === undefined) return undefined;
  return lost.type === 'layer' ? `layer \`${lost.id}\`` : `tree of the artifact \`${lost.name}@${lost.version}\``;
}

/** @throws STORE_DAMAGED when what a step is to be done on is not all there */
export function assertNothingLost(tree: ProjectTree, world: TreesOfStore & Pick<RunWorld, 'run'>): void {
  const { run, store } = world;
  const lost = lostTree(tree, world);
  if (lost === undefined) return;
  throw new ContractorError(
    'STORE_DAMAGED',
    `The ${lost} is gone from the store: from ${store.paths.trees}.`,
    `Find out what removes it, then go on with \`contractor resume ${run}\`: what made it is run again.`,
  );
}

/**
 * Takes back what a run has recorded of steps that rest on lost trees, so that they
 * are run again, and the steps after them. A project that has ended needs its
 * layers no more: it begins again only when an artifact that it made is lost.
 */
export async function forgetWhatIsLost(world: RunWorld): Promise<void> {
  const { run, store, now } = world;
  for (const used of store.artifactsUsedBy(run)) {
    const found = store.findArtifact(used.name, used.version);
    if (found !== undefined && !hasTree(found, world)) forgetArtifact(store, found, now());
  }
  for (const { name, state } of store.getProjects(run)) {
    if (state === 'built' || state === 'failed') continue;
    // What is left of earlier trees and not in the last one is not needed any more.
    const last = store.lastResult(run, name);
    if (last === undefined || !isLost(last, world)) continue;
    const first = store.listAttempts(run, name).find((attempt) => isLost(attempt, world));
    if (first === undefined) continue;
    await endLeftAttempts(world, { type: 'interrupted' }, ({ project }) => project === name);
    store.forgetFrom(first.id);
  }
}

function treeOf(attempt: AttemptRecord): ProjectTree | undefined {
  const result = attempt.type === 'ended' ? (attempt.result as { readonly tree: ProjectTree } | null) : null;
  return result?.tree;
}

function isLost(attempt: AttemptRecord, world: TreesOfStore): boolean {
  const tree = treeOf(attempt);
  return tree !== undefined && lostTree(tree, world) !== undefined;
}

export function hasTree(
  { name, digest }: { readonly name: string; readonly digest: string },
  { store, sandbox }: TreesOfStore,
): boolean {
  return sandbox.hasTree(store.paths.trees, join('artifacts', name, digest, 'tree'));
}

/**
 * Forgets all versions that are this tree, which is lost or damaged, and what it was
 * made of: the file that is damaged may be one with that of a layer. The projects of unfinished runs that made
 * it begin anew; of ended runs nothing is taken over any more.
 */
export function forgetArtifact(store: Store, { name, digest, madeBy }: ListedArtifact, removedAt: number): void {
  store.transaction(() => {
    const versions = store.listArtifacts().filter((each) => each.name === name && each.digest === digest);
    for (const { version } of versions) {
      for (const { id } of store.listRuns().filter(({ ended }) => ended === null)) {
        for (const project of publishersOf({ name, version }, { store, run: id })) {
          const [first] = store.listAttempts(id, project);
          if (first !== undefined) store.forgetFrom(first.id);
        }
      }
      store.dropArtifactVersion({ name, version }, { removedAt });
    }
    if (madeBy !== null) store.forgetKeys(madeBy.run, madeBy.project);
  });
}

/** The projects of a run that published a version, be it as a new one or once more. */
function publishersOf(
  { name, version }: { readonly name: string; readonly version: number },
  { store, run }: { readonly store: Store; readonly run: string },
): ReadonlySet<string> {
  const events = store.eventsSince(run, 0).map(({ event }) => event as NewEvent);
  const attempts = store.listAttempts(run);
  return new Set([
    ...events.flatMap((event) =>
      event.type === 'artifact-published' && event.artifact === name && event.version === version
        ? [event.project]
        : [],
    ),
    // Who took over what published it says nothing of it.
    ...attempts.flatMap((attempt) => {
      const published = attempt.type === 'ended' ? (attempt.result as AttemptResult | null)?.published : undefined;
      return published?.name === name && published.version === version ? [attempt.project] : [];
    }),
  ]);
}

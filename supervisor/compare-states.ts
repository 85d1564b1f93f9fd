import type { ActionSet } from '../actions/action-set.ts';
import { posix } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { artifactPath } from '../actions/tree-paths.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { ContractorError } from '../errors.ts';
import { OVERLAY_PLACE } from '../sandbox/run-in-id-map.ts';
import type { MappedCommand } from '../sandbox/run-in-id-map.ts';
import type { Store } from '../store/open-store.ts';
import { bytePath, shownPath } from '../store/trees/byte-path.ts';
import type { FileVersion } from '../store/trees/file-versions.ts';
import type { EntryLook, TreeChange } from '../store/trees/tree-changes.ts';
import { findArtifact } from './artifact-shelf.ts';
import { comparePackages } from './compare-packages.ts';
import type { PackageChange } from './compare-packages.ts';
import { findAttempt } from './find-attempt.ts';
import type { Sandbox } from './sandbox.ts';
import { containerStack, stateOf, workspaceStack } from './step-states.ts';
import type { TreeState } from './step-states.ts';
import type { ComparedPart, Comparison, EntryChange, StateReference, Version, Versions } from './workbench.ts';

/** What comparing works with. */
export interface CompareWorld {
  readonly store: Store;
  readonly actions: ActionSet;
  readonly sandbox: Pick<Sandbox, 'runTreeJob'>;
  idMap(): IdMap;
}

/** One of the trees of two states: the stacks that show it, topmost first. */
interface Part extends Pick<ComparedPart, 'type' | 'name'> {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Where the two stacks are mounted. */
export const BEFORE: string = `${OVERLAY_PLACE}-before`;
export const AFTER: string = `${OVERLAY_PLACE}-after`;

/** See {@link Workbench.compare}. */
export async function compareStates(
  references: readonly [StateReference, StateReference],
  { path }: { readonly path?: string },
  world: CompareWorld,
): Promise<Comparison> {
  const options = path === undefined ? {} : { path };
  const compared = await whileItMoves(references, world, (seen) => compareParts(seen, options, world));
  const packages = path === undefined ? packageChanges(references, world) : undefined;
  return packages === undefined ? compared : { ...compared, packages };
}

/** Of two artifacts that are system trees. */
function packageChanges(
  references: readonly [StateReference, StateReference],
  { store }: CompareWorld,
): PackageChange[] | undefined {
  const [before, after] = references.map((reference) =>
    reference.type === 'artifact' ? findArtifact(store, reference.artifact).packages : null,
  );
  if (before === undefined || after === undefined || before === null || after === null) return undefined;
  return comparePackages(before, after);
}

interface Seen {
  readonly parts: readonly Part[];
  /** One of the states is of an attempt that still runs. */
  readonly moves: boolean;
}

/**
 * An attempt that runs may end while it is looked at, and its files get another name: then they are looked at once
 * more, as soon as the end is recorded.
 */
async function whileItMoves<Result extends object>(
  references: readonly [StateReference, StateReference],
  world: CompareWorld,
  look: (seen: Seen) => Promise<Result>,
): Promise<Result & { readonly moves?: true }> {
  const first = partsOf(references, world);
  if (!first.moves) return await look(first);
  const looked = await look(first).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  for (let rest = LONGEST_TO_END_MS; ; rest -= LOOK_MS) {
    try {
      const again = partsOf(references, world);
      if (!again.moves) return await look(again);
      if ('error' in looked) throw looked.error;
      return { ...looked.result, moves: true };
    } catch (error) {
      const isEnding = error instanceof ContractorError && error.code === 'STEP_UNKNOWN';
      if (!isEnding || rest <= 0) throw error;
      await wait(LOOK_MS);
    }
  }
}

/** Between the moment at which its layer has its name, and that at which its end is recorded. */
const LONGEST_TO_END_MS = 10_000;
const LOOK_MS = 50;

/** The same of two states that need not be recorded. */
export async function compareTreeStates(
  states: readonly [TreeState, TreeState],
  world: CompareWorld,
): Promise<Comparison> {
  return await compareParts({ parts: partsOfStates(...states), moves: false }, {}, world);
}

async function compareParts(
  { parts, moves }: Seen,
  { path }: { readonly path?: string },
  world: CompareWorld,
): Promise<Comparison> {
  const chosen = path === undefined ? undefined : partAt(path, parts);
  const compared: ComparedPart[] = [];
  for (const part of chosen === undefined ? parts : [chosen.part]) {
    const { type, name, before, after } = part;
    if (before.join(':') === after.join(':')) {
      compared.push({ type, name, changes: [], tooDeep: [], isCut: false });
      continue;
    }
    const layer = layerBetween(before, after);
    const found = await world.sandbox.runTreeJob(
      {
        type: 'tree-changes',
        before: BEFORE,
        after: AFTER,
        ...(layer === undefined ? {} : { layer }),
        ...(chosen === undefined ? {} : { path: chosen.inside }),
        ...(moves ? { moves } : {}),
      },
      { trees: world.store.paths.trees, idMap: world.idMap() },
      { overlays: mountsOf(part) },
    );
    compared.push({
      type,
      name,
      // The top of an empty workspace is the keeper's, not the step's.
      changes: found.changes.filter((change) => change.path !== '' || before.length > 0).map(shownChange),
      tooDeep: found.tooDeep.map(shownPath),
      isCut: found.isCut,
    });
  }
  return { parts: compared };
}

/** See {@link Workbench.versions}. */
export async function versionsAt(
  references: readonly [StateReference, StateReference],
  { path, mostBytes = 1024 * 1024 }: { readonly path: string; readonly mostBytes?: number },
  world: CompareWorld,
): Promise<Versions> {
  return await whileItMoves(references, world, async ({ parts }) => {
    const { part, inside } = partAt(path, parts);
    const { before, after } = await world.sandbox.runTreeJob(
      { type: 'file-versions', before: BEFORE, after: AFTER, path: inside, mostBytes },
      { trees: world.store.paths.trees, idMap: world.idMap() },
      { overlays: mountsOf(part) },
    );
    return {
      path: shownPath(inside),
      ...(before === undefined ? {} : { before: shownVersion(before) }),
      ...(after === undefined ? {} : { after: shownVersion(after) }),
    };
  });
}

function mountsOf({ before, after }: Part): NonNullable<MappedCommand['overlays']> {
  return [
    { target: BEFORE, lower: before },
    { target: AFTER, lower: after },
  ];
}

/** The one layer that `after` has more, from the root of the trees. */
function layerBetween(before: readonly string[], after: readonly string[]): string | undefined {
  const [top, ...below] = after;
  if (top === undefined || below.join(':') !== before.join(':')) return undefined;
  return top.startsWith('../') ? top.slice('../'.length) : `layers/${top}`;
}

function partsOf([first, second]: readonly [StateReference, StateReference], world: CompareWorld): Seen {
  const [from, to] = [shownBy(first, world), shownBy(second, world)];
  const moves = [from, to].some((each) => 'tree' in each && each.moves === true);
  if ('tree' in from && 'tree' in to) return { parts: partsOfStates(from, to), moves };
  const stack = (one: TreeState | { readonly artifact: string }): string[] =>
    'artifact' in one ? [one.artifact] : workspaceStack(one);
  return { parts: [{ type: 'artifact', name: 'artifact', before: stack(from), after: stack(to) }], moves };
}

function shownBy(
  reference: StateReference,
  { store, actions }: CompareWorld,
): TreeState | { readonly artifact: string } {
  if (reference.type === 'step')
    return stateOf(findAttempt(store, reference), reference.moment, { store, actions }, { onlyLooks: true });
  return { artifact: artifactPath(findArtifact(store, reference.artifact)) };
}

function partsOfStates(from: TreeState, to: TreeState): Part[] {
  const containers = Object.keys(to.tree.containers).flatMap((name): Part[] => {
    const [before, after] = [containerStack(from, name), containerStack(to, name)];
    // Where it is new, nothing of it has been changed; where it is the same, there is nothing to say.
    if (before === undefined || after === undefined || before.join(':') === after.join(':')) return [];
    return [{ type: 'container', name, before, after }];
  });
  return [
    { type: 'workspace', name: 'workspace', before: workspaceStack(from), after: workspaceStack(to) },
    ...containers,
  ];
}

const WORKSPACE = '/workspace';

/** Which of the trees a path is of, and where in it. An absolute one is a container's, whose workspace is at /workspace. */
function partAt(path: string, parts: readonly Part[]): { readonly part: Part; readonly inside: string } {
  const clean = posix.normalize(path).replace(/(?<=.)\/+$/, '');
  const inWorkspace = !clean.startsWith('/') || clean === WORKSPACE || clean.startsWith(`${WORKSPACE}/`);
  const [first] = parts;
  const part = inWorkspace ? first : (parts.find(({ type }) => type !== 'workspace') ?? emptyPart);
  const names = inWorkspace && clean.startsWith('/') ? clean.slice(WORKSPACE.length) : clean;
  const inside = names.replace(/^\/+/, '');
  return { part: part ?? emptyPart, inside: inside === '.' || /^\.\.(\/|$)/.test(inside) ? '' : bytePath(inside) };
}

/** What stands for a container that was not changed. */
const emptyPart: Part = { type: 'container', name: '/', before: [], after: [] };

/** A change as the public API tells it. */
export function shownChange({ path, ...change }: TreeChange): EntryChange {
  const shown = shownPath(path);
  const isText = bytePath(shown) === path;
  return {
    type: change.type,
    path: shown,
    ...(isText ? {} : { pathBytes: Buffer.from(path, 'latin1').toString('base64') }),
    ...(change.type === 'added' ? {} : { before: shownLook(change.before) }),
    ...(change.type === 'removed' ? {} : { after: shownLook(change.after) }),
    ...(change.type === 'changed' ? { differs: change.differs } : {}),
  };
}

function shownLook(look: EntryLook): EntryLook {
  return { ...look, target: shownPath(look.target) };
}

function shownVersion({ look, contents, isCut }: FileVersion): Version {
  return {
    look: shownLook(look),
    ...(contents === undefined ? {} : { contents: Buffer.from(contents, 'base64') }),
    isCut,
  };
}

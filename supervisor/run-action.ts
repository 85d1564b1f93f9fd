import { appendFileSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionContext, ActionResult } from '../actions/action.ts';
import { lowerPaths } from '../actions/tree-paths.ts';
import { ContractorError, diskRefusalOf } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { Outcome } from '../machines/outcome.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import { hostId } from '../sandbox/id-map.ts';
import { KilledFromOutside } from '../sandbox/killed-from-outside.ts';
import { attemptLimits, hostSizes } from '../sandbox/limits/attempt-limits.ts';
import { layerNames } from '../sandbox/remains.ts';
import type { Attempt, StepPlace } from './attempt.ts';
import { withFlatStack } from './flatten-stack.ts';
import { assertNotLeft, LeftRunning } from './left-running.ts';
import { assertNothingLost } from './lost-trees.ts';
import { releaseBefore } from './remembered-releases.ts';
import type { RunWorld } from './run-world.ts';

/**
 * Does what a step says, on `tree`, and gives its outcome; that an attempt was
 * cancelled, ran out of time or was refused is an outcome too.
 *
 * Rejects with `LeftRunning` when the run is left before the step has succeeded: how it ends, its keeper notes.
 * Rejects when the store fails: that is no outcome of a step, since the step
 * can be done when the store is mended.
 */
export async function runAction(
  tree: ProjectTree,
  place: StepPlace & { readonly attempt: Attempt },
): Promise<ActionResult> {
  const { step, action, world, attempt } = place;
  const { deadlineAt } = attempt;
  // The keeper enforces the deadline of what it runs, also without us; this one is for our own code.
  const deadline = new AbortController();
  const timer =
    deadlineAt === undefined
      ? undefined
      : setTimeout(() => deadline.abort(), Math.max(0, deadlineAt - world.hostNow()));
  const signal = AbortSignal.any([place.signal, deadline.signal, world.leaving]);
  try {
    // A keeper mounts all of it, and begins nothing when it cannot.
    if (action.isolation(step).runsIn === 'contractor') assertNothingLost(tree, world);
    const result = await action.run(step, contextOf(tree, { ...place, inTime: signal }));
    if (result.outcome.type === 'succeeded') return await withFlatStack(result, { attempt, world });
    assertNotLeft(world); // It may have failed because it was left.
    assertNothingLost(tree, world);
    return await withRoomMade(result, place);
  } catch (error) {
    if (world.leaving.aborted) throw new LeftRunning();
    if (ofTheDisk(error)) await discardUnended(attempt.id, world);
    if (place.signal.aborted) return { outcome: { type: 'cancelled' }, tree };
    if (deadline.signal.aborted) return { outcome: { type: 'timed-out', timeoutMs: step.timeoutMs ?? 0 }, tree };
    if (error instanceof KilledFromOutside) return { outcome: { type: 'interrupted' }, tree };
    if (!(error instanceof ContractorError) || OF_THE_STORE.has(error.code)) throw error;
    const { code, message, mend } = error;
    return { outcome: { type: 'refused', code, message, mend }, tree };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A step that has failed for want of room gets a hint, and gives back the room, so
 * that its end can be recorded. When even that leaves none, it is not the step's fault.
 *
 * @throws STORE_UNUSABLE then
 */
async function withRoomMade(
  result: ActionResult,
  { attempt, world }: Parameters<typeof runAction>[1],
): Promise<ActionResult> {
  const { outcome } = result;
  if (!LEAVES_TREES.has(outcome.type)) return result;
  const { store, sandbox, idMap } = world;
  const { trees } = store.paths;
  if (sandbox.fullDiskRefusal(trees) === undefined) return result;
  await sandbox.discardTrees(attempt.id, { trees, idMap });
  const stillFull = sandbox.fullDiskRefusal(trees);
  if (stillFull !== undefined) {
    await sandbox.discardRemains(attempt.id, { trees, idMap }); // It is run again.
    throw stillFull;
  }
  if (outcome.type !== 'failed') return result;
  const hint = 'The disk of the store was full. Make room on it, or have the step write less, then build again.';
  return { ...result, outcome: { ...outcome, hint } };
}

/** The ends of a step that ran, and may have filled the disk. */
const LEAVES_TREES: ReadonlySet<Outcome['type']> = new Set(['failed', 'killed', 'timed-out', 'limit-hit'] as const);

/** Gives back what an attempt has half written that the disk did not let end; one that has ended is harvested when the run is resumed. */
async function discardUnended(attempt: string, { store: { paths }, sandbox, idMap }: RunWorld): Promise<void> {
  if (sandbox.recordedExit(paths.trees, attempt) !== undefined) return;
  await sandbox.discardRemains(attempt, { trees: paths.trees, idMap }).catch(() => undefined); // The disk's own fault is told.
}

function ofTheDisk(error: unknown): boolean {
  return error instanceof ContractorError ? error.code === 'STORE_UNUSABLE' : diskRefusalOf(error) !== undefined;
}

/** What breaks the run and leaves it to be resumed. */
const OF_THE_STORE: ReadonlySet<ErrorCode> = new Set([
  'STORE_UNUSABLE',
  'STORE_DAMAGED',
  'STORE_OF_OTHER_VERSION',
] as const);

function contextOf(
  tree: ProjectTree,
  place: StepPlace & { readonly attempt: Attempt; readonly inTime: AbortSignal },
): ActionContext {
  const { project, step, keeper, world, attempt, inTime } = place;
  const { store, sandbox, events, idMap } = world;
  const { trees } = store.paths;
  const logFile = join(trees, 'attempts', attempt.id, 'log');
  const layers = [...layerNames(attempt.id)];
  return {
    tree,
    specDirectory: world.specDirectory,
    signal: inTime,
    newLayer: () => {
      const layer = layers.shift();
      if (layer === undefined) throw new Error(`the action of step ${step.id} makes more layers than there are names`);
      return layer;
    },
    runSandboxed: async (job) =>
      await keeper.run(
        {
          attempt: attempt.id,
          lower: lowerPaths(tree.workspace),
          files: [],
          limits: attemptLimits(step.limits ?? {}, world.groups, hostSizes(trees)),
          ...job,
          ...(attempt.deadlineAt === undefined ? {} : { deadlineAt: attempt.deadlineAt }),
        },
        { signal: place.signal, adopt: attempt.adopted, onBegun: () => readAhead(attempt, world) },
      ),
    runInIdMap: (command) => sandbox.runInIdMap({ ...command, trees, idMap, signal: inTime }),
    treeJob: (job, options) => sandbox.runTreeJob(job, { trees, idMap }, { ...options, signal: inTime }),
    sealLayer: (layer) => sandbox.sealLayer(trees, layer),
    hostMount: (directory) => keeper.hostMount(directory),
    releaseBefore: (key) => releaseBefore(store, key),
    artifact: (name) => world.artifact(name),
    logFile,
    log: (line) => {
      makeAttemptDirectory(world, attempt.id);
      appendFileSync(logFile, `${line}\n`);
    },
    onProgress: (progress) => events.tell({ type: 'step-progress', project, step: step.id, ...progress }),
  };
}

/** Reads while the command runs what its receipt has to say of it. What hinders that shows when the receipt is made. */
function readAhead({ id, seen }: Attempt, { store, sandbox }: Pick<RunWorld, 'store' | 'sandbox'>): void {
  if (seen === undefined) return;
  try {
    seen.witness = sandbox.readWitness(store.paths.trees, id);
  } catch {
    // Then it is read again.
  }
}

/** For what contractor's own code has to say of a step; a keeper makes the directory itself. */
export function makeAttemptDirectory({ store, idMap }: Pick<RunWorld, 'store' | 'idMap'>, attempt: string): void {
  const directory = join(store.paths.trees, 'attempts', attempt);
  if (mkdirSync(directory, { recursive: true }) === undefined || idMap.how !== 'direct') return;
  chownSync(directory, hostId(idMap.uid, 0), hostId(idMap.gid, 0));
}

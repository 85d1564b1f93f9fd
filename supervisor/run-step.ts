import { join } from 'node:path';
import { appendFileSync, mkdirSync, renameSync, chownSync } from 'node:fs';
import type { Action, ActionContext, ActionResult } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import type { Outcome } from '../machines/outcome.ts';
import type { StepInput, StepOutput } from '../machines/project-machine.ts';
import type { ProjectTree } from '../machines/project-tree.ts';
import { lowerPaths } from '../actions/tree-paths.ts';
import { hostId } from '../sandbox/id-map.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import type { KeeperHolder } from './keeper-holder.ts';
import type { RunWorld } from './run-world.ts';
import { runTreeJob } from './tree-worker.ts';

/**
 * Runs one attempt of a step, or gives the recorded outcome of one that ended
 * already: so a machine that is restored from an older save simply asks again.
 *
 * The order of effects, each complete before the next begins: the attempt is
 * recorded; the action runs and leaves sealed layers; attempt, layers, artifact
 * version and events are committed in one transaction.
 */
export async function runStep(
  input: StepInput,
  { project, step, action, keeper, world, signal }: StepPlace,
): Promise<StepOutput> {
  const { store, run, events, now } = world;
  const last = store.lastAttempt(run, project, step.id);
  const recorded = recordedOutput(last, input);
  if (recorded !== undefined) return recorded;

  const attempt = (last?.number ?? 0) + 1;
  const attemptId = world.newId();
  const startedAt = now();
  const deadlineAt = step.timeoutMs === undefined ? undefined : startedAt + step.timeoutMs;
  events.commit((record) => {
    store.beginAttempt({
      id: attemptId,
      run,
      project,
      step: step.id,
      number: attempt,
      machineAttempt: input.attempt,
      keeper: keeper.id,
      bootId: world.bootId,
      startedAt,
      ...(deadlineAt === undefined ? {} : { deadlineAt }),
    });
    record({ type: 'step-started', project, step: step.id, attempt, attemptId });
  });

  const result = await attemptOf(input, { project, step, action, keeper, world, signal, attemptId, deadlineAt });
  const { outcome, tree, layers = [], published } = result;
  const endedAt = now();
  events.commit((record) => {
    const [layer] = layers;
    // Before the attempt that names the first of them: a reference to a row that is yet to come would make
    // SQLite look for it in all the attempts of the store, at each layer.
    for (const each of layers) store.recordLayer({ ...each, attempt: attemptId, sealedAt: endedAt });
    store.endAttempt(attemptId, {
      endedAt,
      outcome,
      ...(layer === undefined ? {} : { layer: layer.id }),
      result: { machineAttempt: input.attempt, tree } satisfies AttemptResult,
    });
    if (published !== undefined) {
      const { dropped, ...version } = published;
      const madeBy = { run, project, step: step.id };
      const { version: number, isNew } = store.recordArtifactVersion({
        ...version,
        createdAt: endedAt,
        madeBy,
        bootId: world.bootId,
      });
      record({
        type: 'artifact-published',
        project,
        step: step.id,
        artifact: published.name,
        version: number,
        digest: published.digest,
        isNew,
        files: published.files,
        sizeBytes: published.sizeBytes,
        dropped,
      });
    }
    const next = whatFollows(outcome, { step, attempt: input.attempt });
    record({
      type: 'step-ended',
      project,
      step: step.id,
      attempt,
      attemptId,
      outcome,
      durationMs: endedAt - startedAt,
      ...(next === undefined ? {} : { next }),
    });
  });
  return { outcome, tree };
}

/** Where a step runs, and with what. */
export interface StepPlace {
  readonly project: string;
  readonly step: Step;
  readonly action: Action;
  readonly keeper: KeeperHolder;
  readonly world: RunWorld;
  readonly signal: AbortSignal;
}

/** What is kept of an ended attempt for a machine that asks for it again. */
interface AttemptResult {
  readonly machineAttempt: number;
  readonly tree: ProjectTree;
}

function recordedOutput(last: AttemptRecord | undefined, { attempt }: StepInput): StepOutput | undefined {
  if (last?.type !== 'ended') return undefined;
  const result = last.result as AttemptResult | null;
  if (result === null || result.machineAttempt !== attempt || last.outcome.type === 'cancelled') return undefined;
  return { outcome: last.outcome as unknown as Outcome, tree: result.tree };
}

// For the eyes of people: the machine's own guards decide the same from the same facts.
function whatFollows(
  outcome: Outcome,
  { step, attempt }: { readonly step: Step; readonly attempt: number },
): 'retry' | 'continue' | 'end' | undefined {
  if (outcome.type === 'succeeded') return undefined;
  if (outcome.type === 'cancelled') return 'end';
  if (outcome.type !== 'refused' && attempt <= (step.retries ?? 0)) return 'retry';
  return step.continueOnFailure ? 'continue' : 'end';
}

async function attemptOf(
  { tree }: StepInput,
  place: StepPlace & { readonly attemptId: string; readonly deadlineAt: number | undefined },
): Promise<ActionResult> {
  const { project, step, action, keeper, world, attemptId, deadlineAt } = place;
  const { store, events } = world;
  const logFile = join(store.paths.trees, 'attempts', attemptId, 'log');
  // The keeper enforces the deadline of what it runs, also without us; this one is for our own code.
  const deadline = new AbortController();
  const timer =
    deadlineAt === undefined ? undefined : setTimeout(() => deadline.abort(), Math.max(0, deadlineAt - world.now()));
  const signal = AbortSignal.any([place.signal, deadline.signal]);
  const context: ActionContext = {
    tree,
    specDirectory: world.specDirectory,
    signal,
    newLayer: world.newId,
    runSandboxed: async (job) =>
      (await keeper.get()).run(
        {
          attempt: attemptId,
          lower: lowerPaths(tree.workspace),
          files: [],
          ...job,
          ...(deadlineAt === undefined ? {} : { deadlineAt }),
        },
        { signal: place.signal },
      ),
    runInIdMap: (command) => runInIdMap({ ...command, trees: store.paths.trees, idMap: world.idMap, signal }),
    treeJob: (job, options) =>
      runTreeJob(job, { trees: store.paths.trees, idMap: world.idMap }, { ...options, signal }),
    sealLayer: (layer) => renameSync(layerPath(world, `.new-${layer}`), layerPath(world, layer)),
    hostMount: (directory) => keeper.hostMount(directory),
    artifact: (name) => world.artifact(name),
    logFile,
    log: (line) => {
      makeAttemptDirectory(world, attemptId);
      appendFileSync(logFile, `${line}\n`);
    },
    onProgress: (progress) => events.tell({ type: 'step-progress', project, step: step.id, ...progress }),
  };
  try {
    return await action.run(step, context);
  } catch (error) {
    if (place.signal.aborted) return { outcome: { type: 'cancelled' }, tree };
    if (deadline.signal.aborted) return { outcome: { type: 'timed-out', timeoutMs: step.timeoutMs ?? 0 }, tree };
    if (error instanceof ContractorError) {
      const { code, message, mend } = error;
      return { outcome: { type: 'refused', code, message, mend }, tree };
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function layerPath({ store }: RunWorld, name: string): string {
  return join(store.paths.trees, 'layers', name);
}

/** For what contractor's own code has to say of a step; a keeper makes the directory itself. */
function makeAttemptDirectory({ store, idMap }: RunWorld, attemptId: string): void {
  const directory = join(store.paths.trees, 'attempts', attemptId);
  if (mkdirSync(directory, { recursive: true }) === undefined || idMap.how !== 'direct') return;
  chownSync(directory, hostId(idMap.uid, 0), hostId(idMap.gid, 0));
}

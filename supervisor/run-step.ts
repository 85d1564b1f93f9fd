import { join } from 'node:path';
import type { ActionResult } from '../actions/action.ts';
import type { Outcome } from '../machines/outcome.ts';
import type { StepInput, StepOutput } from '../machines/project-machine.ts';
import { whatFollows } from '../machines/what-follows.ts';
import { MOST_LOSSES } from '../sandbox/killed-from-outside.ts';
import type { ToolFact } from '../sandbox/tool-facts.ts';
import type { AttemptRecord } from '../store/records/attempts.ts';
import type { Attempt, AttemptResult, StepPlace } from './attempt.ts';
import { momentOf } from './clocks.ts';
import { receiptOfAttempt, toolsOf } from './attempt-receipt.ts';
import { runAction } from './run-action.ts';
import { assertNotLeft } from './left-running.ts';
import { keyOfStep, takeOver } from './take-over.ts';
import { rememberReleases } from './remembered-releases.ts';
import { hasTree } from './lost-trees.ts';
import { recordProvenance } from './record-provenance.ts';
import type { RunWorld } from './run-world.ts';
import type { KeyOfStep, StepKeyInputs } from './step-key.ts';
import { timeOrAbort, waitBeforeAttempt } from './wait-before-attempt.ts';

/** Longer than somebody takes to kill many processes one by one. */
const WAIT_FOR_MORE_MS = 300;

/**
 * Runs one attempt of a step to its end, whoever began it; or gives the recorded
 * outcome of one that ended already. So a machine that is restored from an older
 * save simply asks again.
 *
 * Rejects with `LeftRunning` when the run is left.
 *
 * The order of effects, each complete before the next begins: the attempt is
 * recorded; the action runs and leaves sealed layers; attempt, layers, artifact
 * version and events are committed in one transaction. An attempt that is
 * recorded and has not ended is *adopted* when its command still runs or has
 * ended meanwhile, else its half-written layer goes and it is run again.
 */
export async function runStep(input: StepInput, place: StepPlace): Promise<StepOutput> {
  const { project, step, world } = place;
  for (let losses = 1; ; losses++) {
    let last = world.store.answeringAttempt(world.run, project, step.id, input.attempt);
    let keyed: KeyOfStep | undefined;
    if (last === undefined && !place.signal.aborted) {
      keyed = await keyOfStep(input, place);
      if (input.attempt === 1) last = takeOver(place, keyed);
    }
    const recorded = recordedOutput(last);
    if (recorded !== undefined) return recorded;
    const adopted = last?.type === 'running' ? await adoptAttempt(last, place) : undefined;
    const signal = AbortSignal.any([place.signal, world.leaving]);
    if (adopted === undefined) await waitBeforeAttempt(input, { ...place, signal, attempt: nextNumber(place) });
    using held = new DisposableStack(); // Given back when the attempt has ended.
    held.use(adopted === undefined ? await world.slots?.take(world.run, signal) : world.slots?.occupy(world.run));
    if (adopted === undefined && place.signal.aborted) {
      const outcome = { type: 'cancelled', by: cancelledBy(place.signal) } as const;
      return { outcome, tree: input.tree, endedAt: world.hostNow() };
    }
    if (adopted === undefined) keyed ??= await keyOfStep(input, place);
    assertNotLeft(world);
    const attempt = adopted ?? beginAttempt(input, { ...place, keyed: keyed ?? (await keyOfStep(input, place)) });
    const isolation = place.action.isolation(step);
    const asked = toolsOf(place.action, isolation.runsIn, world);
    const result = await runAction(input.tree, { ...place, attempt });
    const outcome = finalOutcome(withOfflineHint(result.outcome, place), { attempt, losses, signal: place.signal });
    // Where all is killed, something of ours is killed first. Who lives on to see more than that may say what it was.
    if (outcome.type === 'refused' && outcome.code === 'SANDBOX_FAILED') {
      await timeOrAbort(WAIT_FOR_MORE_MS, signal);
      assertNotLeft(world);
    }
    if (outcome.type === 'interrupted') {
      await cutOff(attempt, outcome, place);
      continue;
    }
    const tools = await asked;
    const isKeyTrue = outcome.type !== 'succeeded' || (await isStillSo(place, attempt));
    if (!isKeyTrue) assertNotLeft(world); // Nobody was asked to the end.
    let made: ActionResult = { ...result, outcome };
    for (;;) {
      const endedAt = commit(made, { ...place, attempt, machineAttempt: input.attempt, tools, isKeyTrue });
      if (endedAt === undefined) {
        made = await runAction(input.tree, { ...place, attempt });
        continue;
      }
      world.flusher.noteRecord();
      return { outcome: made.outcome, tree: made.tree, endedAt };
    }
  }
}

/** Of a step that could not reach another host: that there is a way without. */
function withOfflineHint(outcome: Outcome, { step, action, world }: StepPlace): Outcome {
  if (outcome.type !== 'failed' || action.outside?.isRemote(step) !== true) return outcome;
  const knownAt = world.outside.lastKnownAt(step);
  if (knownAt === undefined) return outcome;
  const since = new Date(knownAt).toISOString().slice(0, 16).replace('T', ' ');
  const hint = `With \`--offline\` a build takes what was said last, at ${since} UTC, and what was made of that.`;
  return { ...outcome, hint: outcome.hint === undefined ? hint : `${outcome.hint} ${hint}` };
}

/**
 * Whether the outside world still says what it said before the step: else what the step has read may be the one or the other,
 * and its result is nobody else's.
 */
async function isStillSo({ step, action, world }: StepPlace, { id }: Attempt): Promise<boolean> {
  if (action.outside === undefined || world.store.getAttempt(id)?.key === null) return true;
  const before = (world.store.keyInputs(id) as StepKeyInputs | undefined)?.outside;
  return (await world.outside.askAgain(step)) === before;
}

function recordedOutput(last: AttemptRecord | undefined): StepOutput | undefined {
  if (last?.type !== 'ended') return undefined;
  const result = last.result as AttemptResult | null;
  if (result === null || last.outcome.type === 'cancelled' || last.outcome.type === 'interrupted') return undefined;
  return { outcome: last.outcome as unknown as Outcome, tree: result.tree, endedAt: last.endedAt };
}

/** The number of the attempt that comes after all that were begun. */
function nextNumber({ project, step, world: { store, run } }: StepPlace): number {
  return (store.lastAttempt(run, project, step.id)?.number ?? 0) + 1;
}

function beginAttempt(input: StepInput, place: StepPlace & { readonly keyed: KeyOfStep }): Attempt {
  const { project, step, keeper, world, keyed } = place;
  const { store, run, events } = world;
  const id = world.newId();
  const number = nextNumber(place);
  const { host: startedAt, told: toldStartedAt } = momentOf(world);
  const deadlineAt = step.timeoutMs === undefined ? undefined : startedAt + step.timeoutMs;
  events.commit((record) => {
    store.beginAttempt({
      id,
      run,
      project,
      step: step.id,
      number,
      machineAttempt: input.attempt,
      keeper: keeper.id,
      bootId: world.bootId,
      startedAt,
      toldStartedAt,
      ...keyed,
      ...(deadlineAt === undefined ? {} : { deadlineAt }),
    });
    record({ type: 'step-started', project, step: step.id, attempt: number, attemptId: id });
  });
  return { id, number, startedAt, toldStartedAt, deadlineAt, adopted: false, keyed, seen: {} };
}

/**
 * Takes over an attempt that an earlier process began, if it lives or has left how it ended; else records that it was cut off.
 *
 * @throws LeftRunning when the run was left meanwhile: then that is for the next process
 */
async function adoptAttempt(
  { id, number, startedAt, toldStartedAt, deadlineAt, bootId, keeper: itsKeeper }: AttemptRecord,
  place: StepPlace,
): Promise<Attempt | undefined> {
  const { project, step, keeper, world } = place;
  const times = { startedAt, toldStartedAt, deadlineAt: deadlineAt ?? undefined };
  const attempt: Attempt = { id, number, ...times, adopted: true };
  // Under another boot nothing lives, whatever the pids say, and what was written may be torn.
  const isHeld = bootId === world.bootId && (await keeper.holds(id));
  assertNotLeft(world);
  if (isHeld) {
    world.events.commit((record) =>
      record({
        type: 'step-adopted',
        project,
        step: step.id,
        attempt: number,
        attemptId: id,
        startedAt: toldStartedAt,
      }),
    );
    return attempt;
  }
  if (itsKeeper !== keeper.id) world.sandbox.removeKeeper(join(world.store.paths.keepers, itsKeeper));
  await cutOff(attempt, { type: 'interrupted' }, place);
  return undefined;
}

function finalOutcome(
  outcome: Outcome,
  { attempt, losses, signal }: { readonly attempt: Attempt; readonly losses: number; readonly signal: AbortSignal },
): Outcome {
  if (signal.aborted && (outcome.type === 'cancelled' || outcome.type === 'interrupted')) {
    return { type: 'cancelled', by: cancelledBy(signal) };
  }
  // A cancellation that the process before us had begun, and that nobody wants any more.
  if (outcome.type === 'cancelled' && attempt.adopted) return { type: 'interrupted' };
  if (outcome.type !== 'interrupted' || losses < MOST_LOSSES) return outcome;
  if (outcome.signal !== undefined) return { type: 'killed', signal: outcome.signal };
  return {
    type: 'refused',
    code: 'SANDBOX_FAILED',
    message: `What ran this step was killed ${MOST_LOSSES} times in a row, from outside of contractor.`,
    mend: 'Look for what kills it (`dmesg` tells of a host that is out of memory), then `contractor resume`.',
  };
}

/** Who aborted a signal, by the word that was given as its reason. */
export function cancelledBy({ reason }: AbortSignal): string {
  return typeof reason === 'string' ? reason : 'program';
}

/** Records that an attempt was cut off, and removes what it has half written. */
async function cutOff(
  { id, number, startedAt, toldStartedAt }: Attempt,
  outcome: Extract<Outcome, { type: 'interrupted' }>,
  place: StepPlace,
): Promise<void> {
  const { project, step, action, world } = place;
  const tools = await toolsOf(action, action.isolation(step).runsIn, world);
  const attempt = { id, number, toldStartedAt };
  const { store, sandbox, events, idMap } = world;
  await sandbox.discardRemains(id, { trees: store.paths.trees, idMap });
  const ended = momentOf(world);
  events.commit((record) => {
    store.endAttempt(id, { endedAt: ended.host, toldEndedAt: ended.told, outcome });
    store.recordReceipt(id, receiptText({ ...place, attempt }, tools, { endedAt: ended.told, outcome }));
    record({
      type: 'step-ended',
      project,
      step: step.id,
      attempt: number,
      attemptId: id,
      outcome,
      durationMs: ended.host - startedAt,
      next: 'retry',
    });
  });
}

/** Gives the version that it is. */
function recordPublished(
  { dropped: _, system, ...artifact }: NonNullable<ActionResult['published']>,
  { store, run, bootId, now, project, step }: RunWorld & { readonly project: string; readonly step: string },
): { readonly name: string; readonly version: number; readonly isNew: boolean } {
  const madeBy = { run, project, step };
  return {
    name: artifact.name,
    ...store.recordArtifactVersion({
      ...artifact,
      createdAt: now(),
      madeBy,
      bootId,
      ...(system === undefined ? {} : { packages: system.packages }),
    }),
  };
}

/** The text that is kept, and hashed. */
function receiptText(
  place: StepPlace & { readonly attempt: Pick<Attempt, 'id' | 'number' | 'toldStartedAt' | 'keyed' | 'seen'> },
  tools: readonly ToolFact[],
  end: Parameters<typeof receiptOfAttempt>[2],
): string {
  return JSON.stringify(receiptOfAttempt({ ...place, run: place.world.run }, tools, end));
}

/**
 * When it ended. Undefined: the tree that it has found in the store, and would publish again, was just removed as old, by
 * somebody who could not know. Nothing is recorded then.
 */
function commit(
  { outcome, tree, layers = [], published, resolved = [], installed, releases = [] }: ActionResult,
  place: StepPlace & {
    readonly attempt: Attempt;
    readonly machineAttempt: number;
    readonly tools: readonly ToolFact[];
    readonly isKeyTrue: boolean;
  },
): number | undefined {
  const { project, step, world, attempt, machineAttempt, tools, isKeyTrue } = place;
  const { store, events } = world;
  const { host: endedAt, told: toldEndedAt } = momentOf(world);
  let isThere = true;
  events.commit((record) => {
    isThere = published === undefined || hasTree(published, world);
    if (!isThere) return;
    const [layer] = layers;
    rememberReleases(store, { releases, now: endedAt });
    const made = published === undefined ? undefined : recordPublished(published, { ...world, project, step: step.id });
    // Before the attempt that names the first of them: a reference to a row that is yet to come would make
    // SQLite look for it in all the attempts of the store, at each layer.
    for (const each of layers) store.recordLayer({ ...each, attempt: attempt.id, sealedAt: endedAt });
    store.endAttempt(attempt.id, {
      endedAt,
      toldEndedAt,
      outcome,
      ...(layer === undefined ? {} : { layer: layer.id }),
      result: { tree, ...(made === undefined ? {} : { published: made }) } satisfies AttemptResult,
    });
    if (!isKeyTrue) store.forgetKey(attempt.id);
    const told =
      isKeyTrue || attempt.keyed === undefined
        ? attempt
        : { ...attempt, keyed: { keyInputs: attempt.keyed.keyInputs } };
    store.recordReceipt(
      attempt.id,
      receiptText({ ...place, attempt: told }, tools, { endedAt: toldEndedAt, outcome, resolved, installed }),
    );
    if (published !== undefined && made !== undefined) {
      const { name, version } = made;
      const { digest, system } = published;
      recordProvenance(world, { name, version, digest, system }, { run: world.run, project, step: step.id });
    }
    if (published !== undefined && made !== undefined) {
      const { digest, files, sizeBytes, dropped } = published;
      record({
        type: 'artifact-published',
        project,
        step: step.id,
        artifact: made.name,
        version: made.version,
        digest,
        isNew: made.isNew,
        files,
        sizeBytes,
        dropped,
      });
    }
    const next = whatFollows(outcome, { step, attempt: machineAttempt });
    record({
      type: 'step-ended',
      project,
      step: step.id,
      attempt: attempt.number,
      attemptId: attempt.id,
      outcome,
      durationMs: endedAt - attempt.startedAt,
      ...(next === undefined ? {} : { next }),
    });
  });
  return isThere ? endedAt : undefined;
}

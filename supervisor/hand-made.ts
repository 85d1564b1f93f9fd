import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ActionResult } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import type { ProjectTree, TreeReference } from '../machines/project-tree.ts';
import type { AttemptLimits } from '../sandbox/limits/attempt-limits.ts';
import { layerNames, layerNamesBelow } from '../sandbox/remains.ts';
import { toolsOf } from './attempt-receipt.ts';
import type { AttemptResult } from './attempt.ts';
import { momentOf } from './clocks.ts';
import type { Moment } from './clocks.ts';
import { endLeftByHand } from './end-left-by-hand.ts';
import { failedStep } from './failed-step.ts';
import type { FoundAttempt } from './find-attempt.ts';
import { withFlatStack } from './flatten-stack.ts';
import { Flusher } from './flusher.ts';
import type { SessionWorld } from './session-world.ts';
import { receiptOf } from './receipt.ts';
import { makeAttemptDirectory } from './run-action.ts';
import { RunEvents } from './run-events.ts';
import { runOwned } from './start-run.ts';
import { stepKey } from './step-key.ts';
import type { StepKeyInputs } from './step-key.ts';
import type { TreeState, Unsealed } from './step-states.ts';

/** Owns a run, so that a step of it can be made by hand. */
export interface HandClaim {
  /** Makes what a session has left the step's next attempt, which has succeeded; gives its number. */
  commit(left: LeftBySession): Promise<number>;
  release(): void;
}

/** What a session has left whose command has ended, and what it had. */
export interface LeftBySession {
  /** The id of the scratch attempt, by which witness and usage are kept. */
  readonly session: string;
  /** What it began with, without its own layers. */
  readonly state: TreeState;
  readonly moment: 'before' | 'after';
  /** Its own layers. */
  readonly written: Unsealed;
  /** Ends it, all but the trees that are not in it any more; gives what was shown in it. */
  finish(): Promise<Uint8Array>;
  readonly limits: AttemptLimits;
  readonly network: boolean;
  readonly began: Moment;
}

/** What the state of a project is called that goes on after a step that was made by hand, until its machine begins anew. */
const BY_HAND = 'by-hand';

/**
 * Owns the run of `found`, if the project failed at this step, or is paused at it because it failed.
 *
 * @throws RUN_OWNED, NOT_BY_HAND
 */
export async function claimForHand(found: FoundAttempt, world: SessionWorld): Promise<HandClaim> {
  const { store, now } = world;
  const { run } = found;
  const claim = store.claimRun(run, { pid: process.pid, host: hostname(), since: now() });
  if (claim.type === 'taken') throw runOwned(run, claim.owner);
  try {
    await endLeftByHand(run, { ...world, idMap: world.idMap() });
    assertFailedAt(found, world);
  } catch (error) {
    claim.release();
    throw error;
  }
  return { commit: (left) => commitByHand(found, left, world), release: () => claim.release() };
}

function assertFailedAt(
  { run, project, step }: FoundAttempt,
  { store, actions }: Pick<SessionWorld, 'store' | 'actions'>,
): void {
  const name = `${run}:${project}:${step.id}`;
  if (actions.named(step.action).isolation(step).runsIn !== 'container') {
    throw new ContractorError(
      'NOT_BY_HAND',
      `\`${name}\` runs in no container: what it makes cannot be made in a shell.`,
      'Only a `shell` step can be made by hand.',
    );
  }
  const at = failedStep(store, run, project);
  if (at === step.id) return;
  throw new ContractorError(
    'NOT_BY_HAND',
    at === undefined
      ? `Project \`${project}\` of run \`${run}\` has not failed, and is not paused at a failure.`
      : `\`${name}\` is not the step that project \`${project}\` failed at: that is \`${at}\`.`,
    at === undefined
      ? 'Only the step that a project failed at can be made by hand. A run that was cut off is gone on with by `contractor resume`.'
      : `Name that step: \`contractor shell ${run}:${project}:${at} --commit\`.`,
  );
}

/**
 * The order of effects is that of every attempt: it is recorded; its layers get their names; attempt, layers, receipt
 * and events are committed in one transaction, with the project that goes on, and the run that has not ended any more. A
 * process that is killed on the way leaves an attempt that has not ended, which {@link endLeftByHand} removes.
 */
async function commitByHand(found: FoundAttempt, left: LeftBySession, given: SessionWorld): Promise<number> {
  const { run, project, step } = found;
  const { store, sandbox, actions, bootId, now, hostNow, newId } = given;
  const world = { ...given, idMap: given.idMap() };
  const { trees } = store.paths;
  const id = newId();
  const last = store.lastAttempt(run, project, step.id);
  const number = (last?.number ?? 0) + 1;
  const known = store.keyInputs(found.record.id) as StepKeyInputs;
  const keyInputs: StepKeyInputs = { ...known, byHand: id };
  const key = stepKey(keyInputs);
  const times = { startedAt: left.began.host, toldStartedAt: left.began.told };
  const machineAttempt = (last?.machineAttempt ?? 0) + 1;
  const begun = { id, run, project, step: step.id, number, machineAttempt, keeper: '', bootId };
  store.beginAttempt({ ...begun, ...times, key, keyInputs });
  const { tree, layers, script } = layersByHand(id, left);
  const { exitCode, stderr } = await sandbox.runInIdMap({
    trees,
    idMap: world.idMap,
    command: ['/bin/sh', '-euc', script],
  });
  if (exitCode !== 0) {
    await endLeftByHand(run, world);
    throw new ContractorError(
      'STORE_UNUSABLE',
      `What the shell has left cannot be made a layer: ${stderr.trim().slice(-500)}.`,
      'Check the disk of the store. The run is as it was.',
    );
  }
  const outcome = { type: 'succeeded', byHand: true } as const;
  const flat = await withFlatStack({ outcome, tree, layers }, { attempt: { id }, world });
  const action = actions.named(step.action);
  const witness = sandbox.readWitness(trees, left.session);
  const usage = sandbox.readUsage(trees, left.session);
  const log = await left.finish();
  makeAttemptDirectory(world, id);
  writeFileSync(join(trees, 'attempts', id, 'log'), log);
  const tools = await toolsOf(action, action.isolation(step).runsIn, world);
  const ended = momentOf({ now, hostNow });
  const receipt = receiptOf({
    ...begun,
    startedAt: left.began.told,
    step,
    action,
    key,
    keyInputs,
    end: { endedAt: ended.told, outcome, resolved: [] },
    witness,
    usage,
    tools,
    limits: left.limits,
    idMap: world.idMap,
    allowedSources: [], // Such a step copies nothing from the host.
    byHand: { began: left.moment, attempt: found.record.id, network: left.network },
  });
  const of = { project, step: step.id, attempt: number, attemptId: id };
  new RunEvents({ run, store, now }).commit((record) => {
    for (const each of flat.layers ?? []) store.recordLayer({ ...each, attempt: id, sealedAt: ended.host });
    const result = { tree: flat.tree } satisfies AttemptResult;
    store.endAttempt(id, { endedAt: ended.host, toldEndedAt: ended.told, outcome, layer: layerNames(id)[0], result });
    store.recordReceipt(id, JSON.stringify(receipt));
    const isPaused = store.getProjects(run).some(({ name, state }) => name === project && state === 'paused');
    if (!isPaused) store.forgetSave(run, project, BY_HAND);
    store.reopenRun(run);
    record({ type: 'step-started', ...of });
    record({ type: 'step-ended', ...of, outcome, durationMs: ended.host - left.began.host });
  });
  await new Flusher({ store, now: hostNow, sync: sandbox.syncFileSystems }).flush();
  await store.flushRecords();
  return number;
}

/** The tree with what a session has left on top, and the commands that make layers of it. */
function layersByHand(
  id: string,
  { state, written }: LeftBySession,
): { readonly tree: ProjectTree; readonly layers: NonNullable<ActionResult['layers']>; readonly script: string } {
  const { tree, unsealed = [] } = state;
  const [below, ...more] = unsealed;
  if (more.length > 0) throw new Error('a session began on more than one attempt');
  const [name, rootName] = layerNames(id);
  const [nameBelow, rootNameBelow] = layerNamesBelow(id);
  // A failed attempt keeps its files, to be looked at. They are never written to again, so links will do.
  const link = (from: string, to: string): string =>
    `cp -dRl --preserve=mode,ownership,timestamps,links,xattr -- layers/${from} layers/.new-${to}\nmv -T -- layers/.new-${to} layers/${to}\n`;
  const move = (from: string, to: string): string => `mv -T -- layers/${from} layers/${to}\n`;
  const reference = (layer: string): TreeReference => ({ type: 'layer', id: layer });

  const workspace = [...(below === undefined ? [] : [nameBelow]), name];
  const root = [
    ...(below?.container === undefined ? [] : [rootNameBelow]),
    ...(written.container === undefined ? [] : [rootName]),
  ];
  const [containerName] = written.container ?? below?.container ?? [];
  const container = containerName === undefined ? undefined : tree.containers[containerName];
  return {
    tree: {
      workspace: [...tree.workspace, ...workspace.map(reference)],
      containers:
        containerName === undefined || container === undefined
          ? tree.containers
          : {
              ...tree.containers,
              [containerName]: { ...container, layers: [...container.layers, ...root.map(reference)] },
            },
    },
    layers: [
      ...workspace.map((layer) => ({ id: layer, kind: 'workspace' as const })),
      ...root.map((layer) => ({
        id: layer,
        kind: 'systree' as const,
        ...(containerName === undefined ? {} : { container: containerName }),
      })),
    ],
    script: [
      ...(below === undefined ? [] : [link(below.workspace, nameBelow)]),
      ...(below?.container === undefined ? [] : [link(below.container[1], rootNameBelow)]),
      move(written.workspace, name),
      ...(written.container === undefined ? [] : [move(written.container[1], rootName)]),
    ].join(''),
  };
}

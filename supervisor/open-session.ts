import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { SandboxJob } from '../actions/action.ts';
import { outcomeOfExit } from '../actions/outcome-of-exit.ts';
import { text } from '../actions/parameters.ts';
import { shell } from '../actions/shell.ts';
import type { KeeperJob } from '../sandbox/keeper-job.ts';
import { attemptLimits, hostSizes } from '../sandbox/limits/attempt-limits.ts';
import { startTalkingCommand } from '../sandbox/shell-keeper.ts';
import { terminalFile } from '../sandbox/terminal-program.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import { momentOf } from './clocks.ts';
import { compareTreeStates } from './compare-states.ts';
import { findAttempt } from './find-attempt.ts';
import type { HandClaim } from './hand-made.ts';
import { hostGroups } from './host-groups.ts';
import { jobOfStep } from './job-of-step.ts';
import { assertNothingLost } from './lost-trees.ts';
import type { SessionWorld } from './session-world.ts';
import { removeScratch, sweepScratch } from './scratch.ts';
import { scratchId } from './scratch-id.ts';
import { shellStep } from './shell-step.ts';
import { containerLayers, stateOf, workspaceStack } from './step-states.ts';
import type { TreeState } from './step-states.ts';
import { assertWithinLimits, limitedStep } from './step-limits.ts';
import type { Session, SessionOptions, StepStateReference } from './workbench.ts';

/**
 * Starts a command in the container of a step, on a recorded state of its trees.
 * What it writes goes into a layer that is nobody's and is removed with it.
 */
export async function openSession(
  reference: StepStateReference,
  options: SessionOptions,
  world: SessionWorld,
): Promise<Session> {
  const found = findAttempt(world.store, reference);
  const hand = options.commit === true ? await (await import('./hand-made.ts')).claimForHand(found, world) : undefined;
  try {
    return await startSession({ reference, found, hand }, options, world);
  } catch (error) {
    hand?.release();
    throw error;
  }
}

async function startSession(
  {
    reference,
    found,
    hand,
  }: {
    readonly reference: StepStateReference;
    readonly found: ReturnType<typeof findAttempt>;
    readonly hand: HandClaim | undefined;
  },
  options: SessionOptions,
  world: SessionWorld,
): Promise<Session> {
  const { store, actions } = world;
  const recorded = stateOf(found, reference.moment, world);
  const { step: recordedStep, state, borrowed } = shellStep(found, recorded, world);
  const step = limitedStep(recordedStep, world.limits);
  assertWithinLimits([{ name: found.project, dependsOn: [], steps: [step] }], world.limits);
  assertNothingLost(state.tree, { store, sandbox: world.sandbox, run: found.run });
  const { usesContainer = '' } = actions.named(step.action).declaration;
  const given = await jobOfStep(changed(step, options, usesContainer), { tree: state.tree, actions });
  await sweepScratch(world);

  const { trees, keepers } = store.paths;
  const id = scratchId(found.run, world.newId());
  const directory = join(keepers, id);
  const scratch = { id, state, container: text(step, usesContainer), trees };
  const idMap = world.idMap();
  const groups = await hostGroups(store, { bootId: world.bootId, idMap });
  const isTheStep = options.command === undefined && step.timeoutMs !== undefined;
  const job = {
    ...scratchJob(given, options, scratch),
    limits: attemptLimits(step.limits ?? {}, groups, hostSizes(trees)),
    ...(isTheStep ? { deadlineAt: world.hostNow() + (step.timeoutMs ?? 0) } : {}),
  };
  const command = await startTalkingCommand(job, {
    place: { directory, trees, idMap, groups, hostBinds: [] },
    ...(options.terminal === undefined ? {} : { size: options.terminal }),
  });
  const noted = hand === undefined ? undefined : notedOf([command.data, command.errors]);
  let ended: Promise<void> | undefined;
  const endCommand = (): Promise<void> => (ended ??= command.end());
  const finish = async (): Promise<Uint8Array> => {
    await endCommand();
    return (await noted?.()) ?? new Uint8Array();
  };
  const began = momentOf(world);
  return {
    data: command.data,
    errors: command.errors,
    resize: command.resize,
    ...(borrowed === undefined ? {} : { borrowed }),
    outcome: command.exit.then((exit) => outcomeOfExit(exit, step)),
    changes: () => compareTreeStates([state, stateWith(scratch)], world),
    commit: async () => {
      await command.exit;
      const [written] = stateWith(scratch).unsealed ?? [];
      if (hand === undefined || written === undefined) throw new Error('a session that cannot be committed was');
      const had = { limits: job.limits, network: options.network === true, began };
      const left = { session: id, state, moment: reference.moment, written, finish, ...had };
      return { attempt: await hand.commit(left) };
    },
    end: async () => {
      try {
        await endCommand();
        await removeScratch(id, world);
      } finally {
        hand?.release();
      }
    },
  };
}

/** What somebody is shown beyond this is not kept. */
const MOST_OF_LOG = 4 * 1024 * 1024;

/** Notes what is read of streams, when somebody reads it and not before; gives it when they have ended. */
function notedOf(streams: readonly Readable[]): () => Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let rest = MOST_OF_LOG;
  const ends = streams.map(async (stream) => {
    stream.on('data', (piece: Buffer) => {
      if (rest > 0) pieces.push(piece.subarray(0, rest));
      rest -= piece.length;
    });
    stream.pause();
    await finished(stream, { writable: false }).catch(() => undefined);
  });
  return async () => {
    await Promise.all(ends);
    return Buffer.concat(pieces);
  };
}

/** The step with another command, if that is wanted. */
function changed(step: Step, { script }: SessionOptions, usesContainer: string): Step {
  if (script === undefined) return step;
  // An own action has no text of a script, but a container that another can run in.
  const own =
    step.action === shell.declaration.name ? step.parameters : { 'container-name': text(step, usesContainer) };
  return { ...step, action: shell.declaration.name, parameters: { ...own, shell: script } };
}

interface Scratch {
  readonly id: string;
  readonly state: TreeState;
  readonly container: string;
  readonly trees: string;
}

/** The job of a step, on its scratch layers. Beside the terminal and what is asked for, all of it is the step's own. */
function scratchJob(
  given: SandboxJob,
  options: SessionOptions,
  { id, state, container, trees }: Scratch,
): Omit<KeeperJob, 'limits'> {
  const { root, policy } = given;
  if (policy.type !== 'container' || root === undefined) throw new Error('the job of a container has no container');
  return {
    ...given,
    attempt: id,
    lower: workspaceStack(state),
    layer: `../attempts/${id}/sealed`,
    root: {
      tree: root.tree,
      lower: containerLayers(state, container) ?? root.lower,
      ...(root.writable === undefined ? {} : { writable: { layer: `../attempts/${id}/root-sealed` } }),
    },
    files: [
      ...(given.files ?? []),
      ...(options.terminal === undefined ? [] : [terminalFile()]),
      ...(options.network === true ? resolverOf(join(trees, 'layers', root.tree)) : []),
    ],
    policy: {
      ...policy,
      environment: { ...policy.environment, ...options.environment },
      ...(options.network === true ? { network: true } : {}),
    },
    command: [...(options.terminal === undefined ? [] : [terminalFile().path]), ...(options.command ?? given.command)],
  };
}

/** How the host finds names, where the system tree has a place for it. */
function resolverOf(systree: string): KeeperJob['files'] {
  const path = '/etc/resolv.conf';
  if (lstatSync(join(systree, path), { throwIfNoEntry: false })?.isFile() !== true || !existsSync(path)) return [];
  return [{ path, content: readFileSync(path, 'utf8'), mode: '0644' }];
}

/** The state with what the command has written. The keeper gives the layers of one that succeeded another name. */
function stateWith({ id, state, container, trees }: Scratch): TreeState {
  const layer = (...names: readonly string[]): string | undefined =>
    names.map((name) => `../attempts/${id}/${name}`).find((path) => existsSync(join(trees, 'layers', path)));
  const workspace = layer('upper', 'sealed');
  const root = layer('root-upper', 'root-sealed');
  if (workspace === undefined) return state;
  const written = { workspace, ...(root === undefined ? {} : { container: [container, root] as const }) };
  return { ...state, unsealed: [written, ...(state.unsealed ?? [])] };
}

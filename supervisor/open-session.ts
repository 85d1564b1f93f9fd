import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxJob } from '../actions/action.ts';
import { outcomeOfExit } from '../actions/outcome-of-exit.ts';
import { text } from '../actions/parameters.ts';
import { isKeeperAlive } from '../sandbox/keeper-life.ts';
import type { KeeperJob } from '../sandbox/keeper-job.ts';
import { attemptLimits, hostSizes } from '../sandbox/limits/attempt-limits.ts';
import { startTalkingCommand } from '../sandbox/shell-keeper.ts';
import { terminalFile } from '../sandbox/terminal-program.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { CompareWorld } from './compare-states.ts';
import { compareTreeStates } from './compare-states.ts';
import { findAttempt } from './find-attempt.ts';
import { hostGroups } from './host-groups.ts';
import { jobOfStep } from './job-of-step.ts';
import { assertNothingLost } from './lost-trees.ts';
import type { Sandbox } from './sandbox.ts';
import { SCRATCH, scratchId } from './scratch-id.ts';
import { shellStep } from './shell-step.ts';
import { actionNamed } from './spec-source.ts';
import { containerLayers, stateOf, workspaceStack } from './step-states.ts';
import type { TreeState } from './step-states.ts';
import type { Session, SessionOptions, StepStateReference } from './workbench.ts';

export interface SessionWorld extends CompareWorld {
  readonly sandbox: Sandbox;
  readonly bootId: string;
  now(): number;
  newId(): string;
}

/**
 * Starts a command in the container of a step, on a recorded state of its trees.
 * What it writes goes into a layer that is nobody's and is removed with it.
 */
export async function openSession(
  reference: StepStateReference,
  options: SessionOptions,
  world: SessionWorld,
): Promise<Session> {
  const { store } = world;
  const found = findAttempt(store, reference);
  const recorded = stateOf(found, reference.moment, store);
  const { step, state, borrowed } = shellStep(found, recorded, store);
  assertNothingLost(state.tree, { store, sandbox: world.sandbox, run: found.run });
  const given = await jobOfStep(changed(step, options), state.tree);
  await sweepScratch(world);

  const { trees, keepers } = store.paths;
  const id = scratchId(found.run, world.newId());
  const directory = join(keepers, id);
  const { usesContainer = '' } = actionNamed(step.action).declaration;
  const scratch = { id, state, container: text(step, usesContainer), trees };
  const idMap = world.idMap();
  const groups = await hostGroups(store, { bootId: world.bootId, idMap });
  const isTheStep = options.command === undefined && step.timeoutMs !== undefined;
  const job = {
    ...scratchJob(given, options, scratch),
    limits: attemptLimits(step.limits ?? {}, groups, hostSizes(trees)),
    ...(isTheStep ? { deadlineAt: world.now() + (step.timeoutMs ?? 0) } : {}),
  };
  const command = await startTalkingCommand(job, {
    place: { directory, trees, idMap, groups, hostBinds: [] },
    ...(options.terminal === undefined ? {} : { size: options.terminal }),
  });
  return {
    data: command.data,
    errors: command.errors,
    resize: command.resize,
    ...(borrowed === undefined ? {} : { borrowed }),
    outcome: command.exit.then((exit) => outcomeOfExit(exit, step)),
    changes: () => compareTreeStates([state, stateWith(scratch)], world),
    end: async () => {
      await command.end();
      await removeScratch(id, world);
    },
  };
}

/** The step with another command, if that is wanted. */
function changed(step: Step, { script }: SessionOptions): Step {
  return script === undefined ? step : { ...step, parameters: { ...step.parameters, shell: script } };
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

/** Removes what shells have left whose keeper was killed before it could. */
async function sweepScratch(world: SessionWorld): Promise<void> {
  const { trees, keepers } = world.store.paths;
  const left = readdirSync(join(trees, 'attempts')).filter((name) => name.startsWith(SCRATCH));
  for (const id of left) if (!isKeeperAlive(join(keepers, id))) await removeScratch(id, world);
}

async function removeScratch(id: string, { store, sandbox, idMap }: SessionWorld): Promise<void> {
  const { trees, keepers } = store.paths;
  if (existsSync(join(trees, 'attempts', id))) {
    const command = ['/bin/rm', '-rf', '--', `attempts/${id}`] as const;
    await sandbox.runInIdMap({ trees, idMap: idMap(), command });
  }
  sandbox.removeKeeper(join(keepers, id));
}

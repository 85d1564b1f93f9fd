import { createActor, fromPromise } from 'xstate';
import type { AnyStateMachine, Snapshot } from 'xstate';
import type { Outcome } from '../../machines/outcome.ts';
import { machineOfSave } from '../../machines/project-machine.ts';
import type { ProjectContext, StepInput, StepOutput } from '../../machines/project-machine.ts';
import type { Project } from '../../spec-schema/build-spec.ts';

/** A way through a project: the steps that were asked for, each attempt, and the end. */
export interface Way {
  readonly path: readonly string[];
  /** For each attempt, when it may begin: `3h+2s` is 2 s after the end of the third of all; empty: at once. */
  readonly waits: readonly string[];
  /** The steps whose layers the tree has in the end, and those that were passed over. */
  readonly made: readonly string[];
  readonly passedOver: readonly string[];
  readonly context: ProjectContext;
}

/** Every way for an attempt to end that the machine hears of; `temporary` is a failure of the network. */
export const OUTCOME_TYPES = [
  'succeeded',
  'failed',
  'temporary',
  'killed',
  'timed-out',
  'limit-hit',
  'refused',
  'cancelled',
] as const;
export type OutcomeType = (typeof OUTCOME_TYPES)[number];

export function outcome(type: OutcomeType): Outcome {
  switch (type) {
    case 'failed':
      return { type, exitCode: 1 };
    case 'temporary':
      return { type: 'failed', exitCode: 1, temporary: true };
    case 'killed':
      return { type, signal: 'SIGSEGV' };
    case 'timed-out':
      return { type, timeoutMs: 1 };
    case 'limit-hit':
      return { type, limit: 'memory', value: 2, unit: 'bytes', peak: 2 };
    case 'refused':
      return { type, code: 'X', message: 'x', mend: 'x' };
    default:
      return { type };
  }
}

/** The part of a way that the machine itself remembers. */
export function whatWasMade({ tree, passedOver }: ProjectContext): Pick<Way, 'made' | 'passedOver'> {
  return { made: tree.workspace.map((each) => (each.type === 'layer' ? each.id : each.name)), passedOver };
}

/** Attempt n of all ends n hours after the beginning of time. */
const HOUR_MS = 3_600_000;

function waitText(notBefore: number | undefined): string {
  return notBefore === undefined ? '' : `${Math.floor(notBefore / HOUR_MS)}h+${(notBefore % HOUR_MS) / 1000}s`;
}

/** What the nth attempt of all answers with. */
export function output(
  { step, tree }: Pick<StepInput, 'step' | 'tree'>,
  { type, nth }: { type: OutcomeType; nth: number },
): StepOutput {
  const layer = { type: 'layer' as const, id: step };
  return {
    outcome: outcome(type),
    tree: type === 'succeeded' ? { ...tree, workspace: [...tree.workspace, layer] } : tree,
    endedAt: nth * HOUR_MS,
  };
}

/**
 * Drives the real machine; answer n is `answers[n]`, and `succeeded` after the last.
 * Where `crashes` says so, before answer n, it is saved, turned to JSON and back, and restored.
 */
export async function drive(
  project: Project,
  {
    answers,
    crashes = [],
    machine,
  }: {
    readonly answers: readonly OutcomeType[];
    readonly crashes?: readonly number[];
    /** By default those that contractor runs: a whole one, and after a crash that of the save. */
    readonly machine?: AnyStateMachine;
  },
): Promise<Way> {
  const path: string[] = [];
  const waits: string[] = [];
  let snapshot: Snapshot<unknown> | undefined;
  for (;;) {
    let crash: () => void = () => undefined;
    const crashed = new Promise<'crashed'>((resolve) => (crash = () => resolve('crashed')));
    const left = new Set(crashes.filter((at) => at >= path.length));
    const runStep = fromPromise<StepOutput, StepInput>(({ input }) => {
      if (left.has(path.length) && snapshot?.status !== 'active') {
        left.delete(path.length);
        crash();
        return new Promise(() => undefined);
      }
      snapshot = undefined;
      const answer = answers[path.length] ?? 'succeeded';
      path.push(`${input.step}#${input.attempt}`);
      waits.push(waitText(input.notBefore));
      return Promise.resolve(output(input, { type: answer, nth: path.length }));
    });
    const state = snapshot === undefined ? undefined : (snapshot as { readonly value?: string }).value;
    const itself = machine?.provide({ actors: { runStep } }) ?? machineOfSave({ project }, { state, runStep }).machine;
    const actor = createActor(itself, snapshot === undefined ? {} : { snapshot });
    const ended = new Promise<'ended'>((resolve, reject) => {
      actor.subscribe({ complete: () => resolve('ended'), error: reject });
    });
    actor.start();
    if ((await Promise.race([crashed, ended])) === 'ended') {
      const last = actor.getSnapshot() as { value: string; context: ProjectContext };
      return { path: [...path, last.value], waits, ...whatWasMade(last.context), context: last.context };
    }
    snapshot = JSON.parse(JSON.stringify(actor.getPersistedSnapshot())) as Snapshot<unknown>;
    actor.stop();
  }
}

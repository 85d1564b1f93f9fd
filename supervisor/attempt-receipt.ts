import type { Action, ResolvedInput } from '../actions/action.ts';
import type { Outcome } from '../machines/outcome.ts';
import { attemptLimits, hostSizes } from '../sandbox/limits/attempt-limits.ts';
import type { ToolFact } from '../sandbox/tool-facts.ts';
import type { InstalledPackage } from '../store/trees/installed-packages.ts';
import type { Step } from '../spec-schema/build-spec.ts';
import type { Attempt } from './attempt.ts';
import { receiptOf } from './receipt.ts';
import type { AttemptFacts, Receipt } from './receipt.ts';
import type { RunWorld } from './run-world.ts';
import type { RunOptions } from './run-options.ts';
import type { StepKeyInputs } from './step-key.ts';

/** An attempt whose receipt is asked for, and in what it ran. */
interface ReceiptPlace {
  readonly attempt: Pick<Attempt, 'id' | 'number' | 'toldStartedAt' | 'keyed' | 'seen'>;
  readonly run: string;
  readonly project: string;
  readonly step: Step;
  readonly action: Action;
  readonly world: Pick<RunWorld, 'store' | 'sandbox' | 'idMap' | 'groups'>;
}

/** What there is of the programs that an attempt of this action uses. Asked for while it runs: some take a while to say. */
export async function toolsOf(
  { tools = [] }: Action,
  runsIn: Receipt['runsIn'],
  { sandbox }: Pick<RunWorld, 'sandbox'>,
): Promise<readonly ToolFact[]> {
  return await sandbox.toolFacts([...(runsIn === 'contractor' ? [] : ['bwrap']), 'perl', ...tools]);
}

/** What an attempt's result depends on, as its record has it. */
function recordedKey(store: RunWorld['store'], attempt: string): Pick<AttemptFacts, 'key' | 'keyInputs'> {
  return {
    key: store.getAttempt(attempt)?.key ?? undefined,
    keyInputs: store.keyInputs(attempt) as StepKeyInputs | undefined,
  };
}

/** The receipt of an attempt from the records and from what its keeper has left; without `end` of one that still runs. */
export function receiptOfAttempt(
  { attempt, run, project, step, action, world: { store, sandbox, idMap, groups } }: ReceiptPlace,
  tools: readonly ToolFact[],
  end?: {
    readonly endedAt: number;
    readonly outcome: Outcome;
    readonly resolved?: readonly ResolvedInput[];
    readonly installed?: readonly InstalledPackage[] | undefined;
  },
): Receipt {
  const { allowedSources = [] } = (store.getRunOptions(run) ?? {}) as Partial<RunOptions>;
  return receiptOf({
    id: attempt.id,
    number: attempt.number,
    startedAt: attempt.toldStartedAt,
    run,
    project,
    step,
    action,
    ...(attempt.keyed ?? recordedKey(store, attempt.id)),
    witness: attempt.seen?.witness ?? sandbox.readWitness(store.paths.trees, attempt.id),
    usage: sandbox.readUsage(store.paths.trees, attempt.id),
    tools,
    limits:
      action.isolation(step).runsIn === 'contractor'
        ? undefined
        : attemptLimits(step.limits ?? {}, groups, hostSizes(store.paths.trees)),
    idMap,
    allowedSources,
    ...(end === undefined ? {} : { end: { resolved: [], ...end } }),
  });
}

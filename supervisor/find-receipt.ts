import type { ActionSet } from '../actions/action-set.ts';
import { ContractorError } from '../errors.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { Store } from '../store/open-store.ts';
import { receiptOfAttempt, toolsOf } from './attempt-receipt.ts';
import type { AttemptReference } from './attempt-reference.ts';
import { findAttempt } from './find-attempt.ts';
import { shownGroups } from './host-groups.ts';
import type { Receipt } from './receipt.ts';
import { hostSandbox } from './sandbox.ts';

/**
 * The receipt of an attempt: as it was recorded at its end, or as far as it is known of one that runs. Of a step
 * that was taken over it is that of the attempt which ran.
 *
 * @throws RECEIPT_UNKNOWN of an attempt that an older contractor has run
 */
export async function findReceipt(
  store: Store,
  reference: AttemptReference,
  { actions, idMap, bootId }: { readonly actions: ActionSet; readonly idMap: () => IdMap; readonly bootId: string },
): Promise<Receipt> {
  const { run, project, step, record } = findAttempt(store, reference);
  const text = store.getReceipt(record.reusedFrom ?? record.id);
  if (text !== undefined) return JSON.parse(text) as Receipt;
  if (record.type === 'ended') {
    throw new ContractorError(
      'RECEIPT_UNKNOWN',
      `There is no receipt of attempt ${record.number} of \`${step.id}\` in \`${project}\`: an older contractor has run it.`,
      'Build it again: `contractor build --fresh`.',
    );
  }
  const action = actions.named(step.action);
  const world = { store, sandbox: hostSandbox, idMap: idMap(), groups: await shownGroups(store, { bootId, idMap }) };
  const tools = await toolsOf(action, action.isolation(step).runsIn, world);
  return receiptOfAttempt({ attempt: record, run, project, step, action, world }, tools);
}

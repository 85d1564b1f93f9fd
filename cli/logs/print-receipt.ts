import type { Supervisor } from '../../index.ts';
import type { Context } from '../context.ts';
import { receiptRows } from '../listings/receipt-rows.ts';
import { printJson, printRows } from '../print.ts';
import { chosenAttempt, namedRun } from './choose-attempt.ts';
import type { LogsOptions } from './print-log.ts';

/** What `contractor logs --receipt` does. */
export async function printReceipt(
  { supervisor, context }: { supervisor: Supervisor; context: Context },
  reference: string,
  options: LogsOptions,
): Promise<void> {
  const { run: named, words } = namedRun(reference, supervisor);
  const { run, project, step, attempt } = chosenAttempt(named, words, options);
  const receipt = await supervisor.receipt({ run, project, step, attempt: attempt.number });
  if (options.json) printJson(receipt, context);
  else printRows(receiptRows(receipt), context);
}

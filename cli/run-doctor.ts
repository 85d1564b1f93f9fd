import type { Command } from 'commander';
import { ContractorError } from '../index.ts';
import type { Progress } from '../index.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';
import { findingRows, storeFindingRows } from './listings/finding-rows.ts';
import { printJson, printRows } from './print.ts';
import { liveLine } from './progress/live-line.ts';
import { glyphsFor } from './text/glyphs.ts';
import { namesStore, withSupervisor } from './with-supervisor.ts';

/** What `contractor doctor` does. */
export async function runDoctor(
  { mend, network, json }: { readonly mend?: true; readonly network?: true; readonly json?: true },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const withStore = namesStore(command);
  if (mend && !withStore) {
    throw new ContractorError('USAGE', '`--mend` mends the store.', 'Say so: `contractor doctor --store --mend`.');
  }
  await withSupervisor({ context, command }, async (supervisor) => {
    const host = await supervisor.checkHost({ network: network === true });
    const line = liveLine(context.stderr);
    const onProgress = ({ label, done, total }: Progress): void =>
      line.show(`checking ${total === undefined ? '' : `${done}/${total} `}${label}`);
    const store = withStore
      ? await supervisor.checkStore({ mend: mend === true, onProgress }).finally(() => line.clear())
      : [];
    if (host.some(({ state }) => state === 'missing')) context.exitStatus = EXIT.host;
    else if (store.some(({ state }) => state === 'damaged')) context.exitStatus = EXIT.failed;
    if (json) {
      printJson([...host, ...store], context);
      return;
    }
    const glyphs = glyphsFor(context.env);
    printRows(findingRows(host, glyphs), context);
    if (withStore) printRows(storeFindingRows(store, glyphs), context);
  });
}

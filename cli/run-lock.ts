import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { ContractorError, lockFileText } from '../index.ts';
import type { PackageLock } from '../index.ts';
import type { Context } from './context.ts';
import { printJson, printRows } from './print.ts';
import { withProblemsPrinted } from './print-problems.ts';
import { readSpec } from './spec-file.ts';
import { countText } from './text/count-text.ts';
import { withSupervisor } from './with-supervisor.ts';

/** What `contractor lock` does. */
export async function runLock(
  { spec, options }: { spec: string | undefined; options: { readonly check?: boolean; readonly json?: boolean } },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const source = await readSpec(spec, context);
  await withSupervisor({ context, command }, async (supervisor) => {
    const tell = (text: string): void => printRows([{ left: [['good', text]] }], context);
    if (options.check) {
      const found = await withProblemsPrinted({ supervisor, source, context }, async () => ({
        lock: await supervisor.checkLock(source),
      }));
      if (found === undefined) return;
      const { lock } = found;
      if (lock === undefined) {
        throw new ContractorError('LOCK_UNFIT', 'The specification has no lock.', 'Write one with `contractor lock`.');
      }
      if (options.json) printJson(lock, context);
      else tell(`The lock fits: ${sizeOf(lock)}.`);
      return;
    }
    const made = await withProblemsPrinted({ supervisor, source, context }, () => supervisor.lock(source));
    if (made === undefined) return;
    const { path, lock } = made;
    if (options.json) {
      printJson(lock, context);
      return;
    }
    const what = existsSync(path) ? 'wrote anew' : 'wrote';
    writeFileSync(`${path}.new`, lockFileText(lock));
    renameSync(`${path}.new`, path);
    tell(`${what} ${basename(path)}: ${sizeOf(lock)}`);
  });
}

function sizeOf({ steps }: PackageLock): string {
  const packages = steps.reduce((sum, step) => sum + step.packages.length, 0);
  return `${countText(packages, 'package')} in ${countText(steps.length, 'step')}`;
}

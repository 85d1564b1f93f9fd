import type { Command } from 'commander';
import { ContractorError } from '../errors.ts';
import type { GcPolicy, Progress } from '../index.ts';
import type { Context } from './context.ts';
import { gcRows, policyText } from './listings/gc-rows.ts';
import { printJson, printRows } from './print.ts';
import { liveLine } from './progress/live-line.ts';
import { withSupervisor } from './with-supervisor.ts';

/** The options of `contractor gc`. */
export interface GcCommandOptions {
  readonly keepVersions?: number;
  readonly keepFor?: number;
  readonly maxSize?: number;
  readonly dryRun?: true;
  readonly automatic?: true | 'off';
  readonly json?: true;
}

/** What `contractor gc` does. */
export async function runGc(
  options: GcCommandOptions,
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const { dryRun = false, automatic, json } = options;
  const given = policyOf(options);
  if (automatic === 'off' && (dryRun || Object.keys(given).length > 0)) {
    throw new ContractorError(
      'USAGE',
      '`--automatic=off` takes no policy.',
      'Say it alone: `contractor gc --automatic=off`.',
    );
  }
  await withSupervisor({ context, command }, async (supervisor) => {
    if (automatic === 'off') {
      supervisor.setAutomaticGc(undefined);
      if (json) printJson({ automatic: null }, context);
      else context.stdout.write('Nothing is removed after builds any more.\n');
      return;
    }
    const line = liveLine(context.stderr);
    const onProgress = ({ label, done, total }: Progress): void =>
      line.show(`${label}${total === undefined ? '' : ` ${done}/${total}`}`);
    if (automatic === true && !dryRun) supervisor.setAutomaticGc(given);
    const report = await supervisor.gc(given, { dryRun, onProgress }).finally(() => line.clear());
    const kept = supervisor.automaticGc();
    if (json) {
      printJson({ ...report, automatic: kept ?? null }, context);
      return;
    }
    printRows(gcRows(report), context);
    if (automatic === true) {
      const what = dryRun ? 'Without --dry-run, that is done' : 'That is done';
      context.stdout.write(`${what} after builds from now on: ${policyText(report.policy)}.\n`);
    }
  });
}

function policyOf({ keepVersions, keepFor, maxSize }: GcCommandOptions): GcPolicy {
  return {
    ...(keepVersions === undefined ? {} : { keepVersions }),
    ...(keepFor === undefined ? {} : { keepForMs: keepFor }),
    ...(maxSize === undefined ? {} : { maxSizeBytes: maxSize }),
  };
}

import type { Command } from 'commander';
import { ContractorError } from '../../errors.ts';
import type { Context } from '../context.ts';
import type { LogsOptions } from '../logs/print-log.ts';
import { examples } from '../examples.ts';
import { positiveNumber } from '../show-options.ts';

export function addLogs(program: Command, context: Context): void {
  program
    .command('logs')
    .summary('print the whole output of a step')
    .description(
      'Prints the whole output of an attempt of a step.\n' +
        'Without a step: of the one that failed, else of the one that runs, else of the last one; without a run: of the newest run.\n' +
        'Control sequences are made harmless when the output goes to a terminal; a file or pipe gets the bytes as they are.',
    )
    .argument(
      '[step]',
      'RUN, RUN:PROJECT or RUN:PROJECT:STEP; RUN may be left empty or cut short, STEP is an id or a number from 1',
    )
    .option('-f, --follow', 'go on printing until the attempt has ended')
    .option('--attempt <number>', 'which attempt (default: the newest)', positiveNumber)
    .option(
      '--receipt',
      'print what was in force around the attempt, as the kernel showed it, and what it was made with',
    )
    .option('--json', 'print the receipt as JSON')
    .option('--raw', 'the bytes as they are, on a terminal too')
    .addHelpText(
      'after',
      examples([
        ['contractor logs', 'what failed, or runs, in the newest run'],
        ['contractor logs -f', 'the same, as it is written'],
        ['contractor logs :hello', 'of project hello in the newest run'],
        ['contractor logs k3x9:hello:3', 'of its third step, in run k3x9'],
        ['contractor logs k3x9:hello:3 --attempt 1', 'of its first attempt'],
        ['contractor logs k3x9:hello:3 --receipt', 'how it was isolated'],
      ]),
    )
    .action(async (reference: string | undefined, options: LogsOptions, command: Command) => {
      if (options.json && !options.receipt) throw onlyOfReceipts();
      const { databaseOption, withSupervisor } = await import('../with-supervisor.ts');
      const database = databaseOption(command);
      if (options.receipt) {
        if (database !== undefined) {
          const { refuseElsewhere } = await import('../fleet/refuse-elsewhere.ts');
          await refuseElsewhere(database, command, 'logs --receipt');
        }
        const { printReceipt } = await import('../logs/print-receipt.ts');
        await withSupervisor({ context, command }, (supervisor) =>
          printReceipt({ supervisor, context }, reference ?? '', options),
        );
        return;
      }
      if (database !== undefined) {
        const { printFleetLog } = await import('../fleet/print-fleet-log.ts');
        await printFleetLog(database, { context, reference: reference ?? '', options });
        return;
      }
      const { printLog } = await import('../logs/print-log.ts');
      await withSupervisor({ context, command }, (supervisor) =>
        printLog({ supervisor, context }, reference ?? '', options),
      );
    });
}

function onlyOfReceipts(): ContractorError {
  return new ContractorError(
    'USAGE',
    '`--json` is for receipts: a log is what the step wrote.',
    'Add `--receipt`, or leave `--json` out.',
  );
}

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { positiveNumber } from '../show-options.ts';

interface ReportCommandOptions {
  readonly output: string;
  readonly logLimit: number;
}

export function addReport(program: Command, context: Context): void {
  program
    .command('report')
    .summary('write a run with its logs as one HTML file')
    .description(
      'Writes the page of `contractor inspect` with all that it shows of a run as one HTML file that needs nothing else:\n' +
        'for a bug report, or to keep. It holds the logs and the titles of all steps: read it before you give it away.',
    )
    .argument('[run]', 'its id, or the beginning of it (default: the newest)')
    .requiredOption('-o, --output <file>', 'the file to write; it must not be there yet. - for the standard output')
    .option('--log-limit <megabytes>', 'keep only the beginning and end of larger logs', positiveNumber, 4)
    .addHelpText('after', examples([['contractor report -o report.html', 'the newest run']]))
    .action(async (run: string | undefined, { output, logLimit }: ReportCommandOptions, command: Command) => {
      const { writeReport } = await import('../write-report.ts');
      await writeReport({ run, output, logBytes: logLimit * 1_000_000 }, { context, command });
    });
}

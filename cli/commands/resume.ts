import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { addShowOptions, type ShowOptions } from '../show-options.ts';

export function addResume(program: Command, context: Context): void {
  addShowOptions(program.command('resume'))
    .summary('go on with a run that was stopped')
    .description('Goes on with a run that was stopped before its end. Finished steps are not done again.')
    .argument('[run]', 'its id, or the beginning of it (default: the newest that has not ended)')
    .addHelpText(
      'after',
      examples([
        ['contractor resume', 'the newest run that was stopped'],
        ['contractor resume k3x9', 'the run whose id begins like this'],
      ]),
    )
    .action(async (run: string | undefined, options: ShowOptions, command: Command) => {
      const { runResume } = await import('../run-build.ts');
      await runResume({ run, options }, { context, command });
    });
}

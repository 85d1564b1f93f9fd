import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { ResumeCommandOptions } from '../run-build.ts';
import { addShowOptions } from '../show-options.ts';

export function addResume(program: Command, context: Context): void {
  addShowOptions(program.command('resume'))
    .summary('go on with a run that was stopped')
    .description('Goes on with a run that was stopped before its end. Finished steps are not done again.')
    .addOption(
      new Option('--then <what>', 'what is done with a paused step (default: ask on a terminal, else retry)').choices([
        'retry',
        'skip',
        'give-up',
      ]),
    )
    .option(
      '--allow-source <directory>',
      'let steps copy from this directory too, beside those that were allowed when the run began; may be repeated',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .argument('[run]', 'its id, or the beginning of it (default: the newest that has not ended)')
    .addHelpText(
      'after',
      examples([
        ['contractor resume', 'the newest run that was stopped'],
        ['contractor resume --then skip', 'a run that is paused: without the step it is paused at'],
        ['contractor resume k3x9', 'the run whose id begins like this'],
      ]),
    )
    .action(async (run: string | undefined, options: ResumeCommandOptions, command: Command) => {
      const { runResume } = await import('../run-build.ts');
      await runResume({ run, options }, { context, command });
    });
}

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { TryOptions } from '../shell/try-step.ts';

export function addRun(program: Command, context: Context): void {
  program
    .command('run')
    .summary('try a step once more, with other commands')
    .description(
      'Runs a `shell` step of a recorded run once more, on the files as they were before it: as it is, or with other commands.\n' +
        'Shows its output, how it ended and what it changed. The run stays as it is, and nothing of it is kept.\n' +
        'Exit status: that of the commands.',
    )
    .argument('[step]', 'RUN, RUN:PROJECT or RUN:PROJECT:STEP; what is left out is chosen as by `contractor logs`')
    .option('-c, --command <text>', 'run this in place of the commands of the step')
    .option('-e, --edit', 'change the commands of the step in $VISUAL or $EDITOR first')
    .addHelpText(
      'after',
      examples([
        ['contractor run --edit', 'the step that failed, with its commands changed'],
        ["contractor run k3x9:hello:3 -c 'make V=1'", 'the third step of hello, with this command'],
        ['contractor run :hello:3', 'the same step again, as it is'],
      ]),
    )
    .action(async (step: string | undefined, options: TryOptions, command: Command) => {
      const [{ ownCommand, withSupervisor }, { tryStep }] = await Promise.all([
        import('../with-supervisor.ts'),
        import('../shell/try-step.ts'),
      ]);
      await withSupervisor({ context, command }, (supervisor) =>
        tryStep({ reference: step ?? '', options, own: ownCommand(command) }, { supervisor, context }),
      );
    });
}

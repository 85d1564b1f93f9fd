import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { ShellOptions } from '../shell/run-shell.ts';

export function addShell(program: Command, context: Context): void {
  program
    .command('shell')
    .summary('open a shell in the container of a step')
    .description(
      'Opens a shell in the container of a step, as the step had it: at the point where it failed, else as it was after\n' +
        'the step. Any time later, also while the run goes on. What you change in there is gone when you leave.\n' +
        'With a command behind --: runs that, and ends with its exit status.\n' +
        'With --commit what you leave can be the result of the step: of one that its project failed at, in a run that\n' +
        'nobody builds. It is recorded as made by hand, no other build takes it over, and `contractor resume` goes on after it.',
    )
    .argument(
      '[step]',
      'RUN, RUN:PROJECT, RUN:PROJECT:STEP or RUN:PROJECT:STEP#ATTEMPT; what is left out is chosen as by `contractor logs`',
    )
    .argument('[command...]', 'what to run instead of a shell, behind --')
    .option('--before', 'on the state before the step')
    .option('--after', 'on the state after it; of one that failed, what it had done by then')
    .option('--commit', 'make what it leaves the result of the step: when you say so, or the command succeeds')
    .option('--network', 'with the network of this host, which the step has not')
    .addHelpText(
      'after',
      examples([
        ['contractor shell', 'where the newest run failed'],
        ['contractor shell k3x9:hello:3', 'in the third step of hello, in run k3x9'],
        ['contractor shell k3x9:hello:3 --before', 'the same, as it was before the step'],
        ['contractor shell : -- make test', 'run one command where the newest run failed'],
        ['contractor shell --commit', 'mend it there, and have the build go on from it'],
      ]),
    )
    .action(async (step: string | undefined, words: string[], options: ShellOptions, command: Command) => {
      const [{ withSupervisor, ownCommand }, { runShell }, { wordsBehindDashes }] = await Promise.all([
        import('../with-supervisor.ts'),
        import('../shell/run-shell.ts'),
        import('../shell/words-behind-dashes.ts'),
      ]);
      const { reference, behind } = wordsBehindDashes({ step, words }, command);
      await withSupervisor({ context, command }, (supervisor) =>
        runShell({ reference, command: behind, options, own: ownCommand(command) }, { supervisor, context }),
      );
    });
}

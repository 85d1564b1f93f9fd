import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .summary('check what this host has of what builds need, and the store')
    .description(
      'Tries everything that builds need of this host, and prints the command that mends what is missing. With --store it also\n' +
        'reads the whole store: the database, and every layer and artifact. DIRECTORY is needed only for another store than usual.\n' +
        'Exit status: 0 all is well, 1 the store is damaged, 3 something that builds need is missing.',
    )
    .option('--network', 'ask the package mirror too whether it is there, and what time it is')
    .option('--mend', 'with --store: forget what is damaged, so that the next build makes it anew')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor doctor', 'check this host, as the user who asks'],
        ['contractor doctor --network', 'ask the package mirror too'],
        ['contractor doctor --store', 'check the store too'],
        ['contractor doctor --store --mend', 'forget the artifacts that are damaged'],
      ]),
    )
    .action(async (options: { mend?: true; network?: true; json?: true }, command: Command) => {
      const { runDoctor } = await import('../run-doctor.ts');
      await runDoctor(options, { context, command });
    });
}

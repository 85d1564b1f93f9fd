import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addCancel(program: Command, context: Context): void {
  program
    .command('cancel')
    .summary('end a run, whoever builds it')
    .description(
      'Ends the running steps of a run with all their processes, and the run. It may be built by another process, or by none\n' +
        'any more while a step of it goes on. Waits until it has ended.',
    )
    .argument('[run]', 'its id, or the beginning of it (default: the newest that has not ended)')
    .addHelpText(
      'after',
      examples([
        ['contractor cancel', 'the newest run that has not ended'],
        ['contractor cancel k3x9', 'the run whose id begins like this'],
      ]),
    )
    .action(async (run: string | undefined, _options: object, command: Command) => {
      const [{ withSupervisor, databaseOption }, { printRows }] = await Promise.all([
        import('../with-supervisor.ts'),
        import('../print.ts'),
      ]);
      const show = ({ id, result }: { id: string; result: string }): void => {
        // It may have come to its own end first.
        printRows([{ left: [[result === 'cancelled' ? 'warning' : 'plain', `Run ${id}: ${result}.`]] }], context);
      };
      const database = databaseOption(command);
      if (database !== undefined) {
        const { cancelOnFleet } = await import('../fleet/look-at-fleet.ts');
        show(await cancelOnFleet(database, run, () => context.now()));
        return;
      }
      await withSupervisor({ context, command }, async (supervisor) => show(await supervisor.cancel(run)));
    });
}

import type { Command } from 'commander';
import type { BuildEvent, RunDetails } from '../../index.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addStatus(program: Command, context: Context): void {
  program
    .command('status')
    .summary('show how a run is, or how it ended')
    .description('Shows the projects and steps of a run: what is done, what runs, what failed and why.')
    .argument('[run]', 'its id, or the beginning of it (default: the newest)')
    .option('--json', 'print the run with all its attempts as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor status', 'the newest run'],
        ['contractor status k3x9 --json', 'for programs'],
      ]),
    )
    .action(async (id: string | undefined, { json }: { json?: boolean }, command: Command) => {
      const [
        { withSupervisor, ownCommand, databaseOption, ownFleetCommand },
        { printJson, printRows },
        { statusRows },
        { treeWidth },
      ] = await Promise.all([
        import('../with-supervisor.ts'),
        import('../print.ts'),
        import('../listings/status-rows.ts'),
        import('../progress/tree-width.ts'),
      ]);
      const show = (run: RunDetails, events: () => readonly BuildEvent[], own: string): void => {
        if (json) {
          printJson(run, context);
          return;
        }
        const { head, tree, after } = statusRows(run, events(), { context, command: own });
        printRows([head], context);
        // Only the tree has an edge to keep to; what can be copied is whole.
        printRows(tree, context, treeWidth(context.stdout));
        printRows(after, context);
      };
      const database = databaseOption(command);
      if (database !== undefined) {
        const { runOfFleet } = await import('../fleet/look-at-fleet.ts');
        const { run, events, name, unplaced } = await runOfFleet(database, id);
        show(run, () => events, ownFleetCommand(name));
        if (!json)
          printRows(
            unplaced.map((text) => ({ left: [['warning', text]] })),
            context,
          );
        return;
      }
      await withSupervisor({ context, command }, (supervisor) => {
        const run = supervisor.run(id);
        show(run, () => supervisor.events(run.id), ownCommand(command));
      });
    });
}

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { positiveNumber } from '../show-options.ts';

export function addRuns(program: Command, context: Context): void {
  program
    .command('runs')
    .summary('list the runs of this store')
    .description('Lists the runs of this store, the newest first.')
    .option('-n, --limit <number>', 'how many at most', positiveNumber, 20)
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor runs', 'the newest twenty'],
        ['contractor runs -n 1 --json', 'the newest, for programs'],
      ]),
    )
    .action(async ({ limit, json }: { limit: number; json?: boolean }, command: Command) => {
      const [{ withSupervisor, databaseOption }, { printJson, printRows }, { runsRows }] = await Promise.all([
        import('../with-supervisor.ts'),
        import('../print.ts'),
        import('../listings/runs-rows.ts'),
      ]);
      const database = databaseOption(command);
      const runs =
        database === undefined
          ? await withSupervisor({ context, command }, (supervisor) => supervisor.runs({ limit }))
          : await (await import('../fleet/look-at-fleet.ts')).runsOfFleet(database, limit);
      if (json) printJson(runs, context);
      else printRows(runsRows(runs, context.now()), context);
    });
}

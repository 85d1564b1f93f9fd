import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addKeep(program: Command, context: Context): void {
  program
    .command('keep')
    .summary('keep a run, whatever gc removes')
    .description(
      'Keeps a run with its logs, layers and artifacts: `contractor gc` passes over it until it is released.',
    )
    .argument('[run]', 'the run, or the beginning of its id (default: the newest)')
    .option('--release', 'keep it no more')
    .addHelpText(
      'after',
      examples([
        ['contractor keep', 'the newest run'],
        ['contractor keep --release 4m2', 'leave the run 4m2… to gc again'],
      ]),
    )
    .action(async (run: string | undefined, { release = false }: { release?: boolean }, command: Command) => {
      const { withSupervisor } = await import('../with-supervisor.ts');
      const { id } = await withSupervisor({ context, command }, (supervisor) => supervisor.keepRun(run, { release }));
      context.stdout.write(`${release ? 'released' : 'kept'} run ${id}\n`);
    });
}

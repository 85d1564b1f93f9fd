import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

export function addPlan(program: Command, context: Context): void {
  program
    .command('plan')
    .summary('show what a build would do and why, and what each step may see')
    .description(
      'Shows what a build would do, in order: each project, whether it would be built and why, each of its steps, where that runs, what it may read ' +
        'write, whether it has the network, its limits, and what enforces them here. Runs nothing.',
    )
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .argument('[project...]', 'these, and what they need (default: all)')
    .option('--offline', 'do not ask other hosts what is new: trust what they said last')
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor plan', 'all of ./build.yaml'],
        ['contractor plan build.yaml hello', 'one project, and what it needs'],
      ]),
    )
    .action(
      async (
        spec: string | undefined,
        projects: string[],
        { json, offline }: { json?: boolean; offline?: boolean },
        command: Command,
      ) => {
        const [{ readSpec }, { showPlan }] = await Promise.all([import('../spec-file.ts'), import('../show-plan.ts')]);
        await showPlan(
          await readSpec(spec, context),
          {
            ...(projects.length > 0 ? { projects } : {}),
            ...(offline === true ? { offline: true } : {}),
            ...(json === true ? { json: true } : {}),
          },
          { context, command },
        );
      },
    );
}

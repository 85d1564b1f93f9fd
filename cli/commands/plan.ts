import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { Plan } from '../../index.ts';

export function addPlan(program: Command, context: Context): void {
  program
    .command('plan')
    .summary('show what a build would do, and what each step may see')
    .description(
      'Shows what a build would do, in order: each project, each of its steps, where that runs, what it may read ' +
        'write, whether it has the network, its limits, and what enforces them here. Runs nothing.',
    )
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .argument('[project...]', 'these, and what they need (default: all)')
    .option('--json', 'print the plan as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor plan', 'all of ./build.yaml'],
        ['contractor plan build.yaml hello', 'one project, and what it needs'],
      ]),
    )
    .action(async (spec: string | undefined, projects: string[], { json }: { json?: boolean }, command: Command) => {
      const [{ readSpec }, { withSupervisor }, { withProblemsPrinted }, { printJson, printRows }, { planRows }] =
        await Promise.all([
          import('../spec-file.ts'),
          import('../with-supervisor.ts'),
          import('../print-problems.ts'),
          import('../print.ts'),
          import('../listings/plan-rows.ts'),
        ]);
      const source = await readSpec(spec, context);
      await withSupervisor({ context, command }, async (supervisor) => {
        const plan = await withProblemsPrinted<Plan>({ supervisor, source, context }, () =>
          supervisor.plan(source, projects.length > 0 ? { projects } : {}),
        );
        if (plan === undefined) return;
        if (json) printJson(plan, context);
        else printRows(planRows(plan), context);
      });
    });
}

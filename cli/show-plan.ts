import type { Command } from 'commander';
import type { Plan, PlanOptions, SpecSource } from '../index.ts';
import type { Context } from './context.ts';
import { planRows } from './listings/plan-rows.ts';
import { printJson, printRows } from './print.ts';
import { withProblemsPrinted } from './print-problems.ts';
import { withSupervisor } from './with-supervisor.ts';

/** What `contractor plan` does, and `contractor build --dry-run`. */
export async function showPlan(
  source: SpecSource,
  options: PlanOptions & { readonly json?: boolean },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const { json, ...asked } = options;
  await withSupervisor({ context, command }, async (supervisor) => {
    const plan = await withProblemsPrinted<Plan>({ supervisor, source, context }, () => supervisor.plan(source, asked));
    if (plan === undefined) return;
    if (json === true) printJson(plan, context);
    else printRows(planRows(plan), context);
  });
}

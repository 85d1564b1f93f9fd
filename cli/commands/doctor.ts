import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { EXIT } from '../exit-status.ts';

export function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .summary('check what this host has of what builds need')
    .description(
      'Tries everything that builds need of this host, and prints the command that mends what is missing.\n' +
        'Exit status: 0 builds can run, 3 something they need is missing.',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples([['contractor doctor', 'check this host, as the user who asks']]))
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const [{ withSupervisor }, { printJson, printRows }, { findingRows }, { glyphsFor }] = await Promise.all([
        import('../with-supervisor.ts'),
        import('../print.ts'),
        import('../listings/finding-rows.ts'),
        import('../text/glyphs.ts'),
      ]);
      const findings = await withSupervisor({ context, command }, (supervisor) => supervisor.checkHost());
      if (findings.some(({ state }) => state === 'missing')) context.exitStatus = EXIT.host;
      if (json) printJson(findings, context);
      else printRows(findingRows(findings, glyphsFor(context.env)), context);
    });
}

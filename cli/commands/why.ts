import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';

interface WhyOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly offline?: boolean;
}

export function addWhy(program: Command, context: Context): void {
  program
    .command('why')
    .summary('say why a project or step is to be built, or was')
    .description(
      'Says in one line whether a project is up to date, and why it is to be built or was built last: which parameter, artifact, ' +
        'commit, package list or file has changed. Asks the outside world as a build does. Runs nothing.',
    )
    .argument('<project>', 'the project, or a step of it as PROJECT:STEP')
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .option('-v, --verbose', 'also what is behind that: the chain of causes')
    .option('--offline', 'do not ask other hosts what is new: trust what they said last')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor why hello', 'whether hello would be built, and why'],
        ['contractor why hello:3 --verbose', 'the third step of hello, with the chain of causes'],
      ]),
    )
    .action(async (name: string, spec: string | undefined, options: WhyOptions, command: Command) => {
      const [{ readSpec }, { withSupervisor }, { withProblemsPrinted }, { printJson, printRows }, { whyRows }] =
        await Promise.all([
          import('../spec-file.ts'),
          import('../with-supervisor.ts'),
          import('../print-problems.ts'),
          import('../print.ts'),
          import('../listings/why-rows.ts'),
        ]);
      const source = await readSpec(spec, context);
      const [project = '', step] = name.split(':', 2);
      await withSupervisor({ context, command }, async (supervisor) => {
        const explanation = await withProblemsPrinted({ supervisor, source, context }, () =>
          supervisor.why(source, {
            project,
            ...(step === undefined ? {} : { step }),
            ...(options.offline === true ? { offline: true } : {}),
          }),
        );
        if (explanation === undefined) return;
        if (options.json) printJson(explanation, context);
        else printRows(whyRows(explanation, { isVerbose: options.verbose === true }), context);
      });
    });
}

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import { EXIT } from '../exit-status.ts';

export function addValidate(program: Command, context: Context): void {
  program
    .command('validate')
    .summary('find every problem of a specification')
    .description(
      'Finds every problem of a specification, and runs nothing. The keys of repositories that it names are read, as a build does.\n' +
        'Exit status: 0 there is none, 2 there are some; they are on the standard error, each with its line and column.',
    )
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor validate', 'check ./build.yaml'],
        ['generate-spec | contractor validate -', 'check what a program has written'],
        ['contractor validate --json ci.yaml', 'for programs'],
      ]),
    )
    .action(async (spec: string | undefined, { json }: { json?: boolean }, command: Command) => {
      const { readSpec } = await import('../spec-file.ts');
      const { withSupervisor } = await import('../with-supervisor.ts');
      const source = await readSpec(spec, context);
      const result = await withSupervisor({ context, command }, (supervisor) =>
        supervisor.validate(source, { files: true }),
      );
      if (result.type === 'invalid') context.exitStatus = EXIT.usage;
      if (json) {
        const { printJson } = await import('../print.ts');
        const problems = result.type === 'invalid' ? result.problems : [];
        printJson({ valid: result.type === 'parsed', problems }, context);
      } else if (result.type === 'invalid') {
        const { printProblems } = await import('../print-problems.ts');
        printProblems(result.problems, context);
      } else {
        const { countText } = await import('../text/count-text.ts');
        const steps = result.spec.projects.reduce((sum, project) => sum + project.steps.length, 0);
        const what = `${countText(result.spec.projects.length, 'project')}, ${countText(steps, 'step')}`;
        context.stdout.write(`${source.fileName ?? 'specification'}: no problems (${what})\n`);
      }
    });
}

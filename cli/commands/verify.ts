import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { VerifyCommandOptions } from '../verify/run-verify.ts';

export function addVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .summary('build a project twice, and show what comes out otherwise')
    .description(
      'Builds one project twice, anew, and shows each file that differs, how, and where the cause is known what helps: times,\n' +
        'the order of files, random names, … The second build begins later and sees one processor less. Both are made apart: the\n' +
        'store gets no run, no artifact and no layer of them. What the project takes of others has to be built.\n' +
        'Exit status: 0 the same, 1 something differs or a build failed, 2 the specification or the usage is wrong, 3 this host\n' +
        'cannot, 130 interrupted.',
    )
    .argument('<project>', 'the project')
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .option('--keep', 'leave the two builds to look into, until the project is verified again')
    .option('--times', 'show which files have other times, too: they make no difference to an artifact')
    .option(
      '--allow-source <directory>',
      'let steps copy from this directory too, as for `contractor build`; may be repeated',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('--strict', 'refuse to begin when this host cannot enforce a limit of a step')
    .addOption(
      new Option('--progress <how>', 'how to show the builds (default: tree on a terminal, else plain)').choices([
        'tree',
        'plain',
      ]),
    )
    .option('--json', 'print what was found as JSON, and nothing of the builds')
    .option('-q, --quiet', 'show nothing of the builds but what fails')
    .addHelpText(
      'after',
      examples([
        ['contractor verify hello', 'the project hello of ./build.yaml'],
        ['contractor verify hello ci.yaml --keep', 'and leave both builds, to look into'],
        ['contractor verify hello --json | jq .type', 'for programs: same, different, build-failed or cancelled'],
      ]),
    )
    .action(async (project: string, spec: string | undefined, options: VerifyCommandOptions, command: Command) => {
      const { runVerify } = await import('../verify/run-verify.ts');
      await runVerify({ spec, project, options }, { context, command });
    });
}

import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { FaceChoice } from '../progress/choose-face.ts';

export function addBuild(program: Command, context: Context): void {
  addShowOptions(program.command('build'))
    .summary('build the projects of a specification')
    .description(
      'Builds the projects of a specification, and what they need of each other.\n' +
        'Exit status: 0 built, 1 a project failed, 2 the specification or the usage is wrong, 3 this host cannot, 130 interrupted.\n' +
        'The first Ctrl-C cancels the build cleanly, the second ends contractor at once.',
    )
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .argument('[project...]', 'build these, and what they need (default: all)')
    .addHelpText(
      'after',
      examples([
        ['contractor build', 'all of ./build.yaml'],
        ['contractor build ci.yaml hello -j 2', 'one project and what it needs, two at a time'],
        ['contractor build --json | jq .type', 'for programs: one event a line'],
      ]),
    )
    .action(async (spec: string | undefined, projects: string[], options: ShowOptions, command: Command) => {
      const { runBuild } = await import('../run-build.ts');
      await runBuild({ spec, projects, options }, { context, command });
    });
}

/** The options of the commands that show a build. */
export interface ShowOptions extends FaceChoice {
  readonly jobs?: number;
}

/** Adds {@link ShowOptions} to `command`. */
export function addShowOptions(command: Command): Command {
  return command
    .option('-j, --jobs <number>', 'how many projects run at once (default: the number of processors)', positiveNumber)
    .addOption(
      new Option('--progress <how>', 'how to show it (default: tree on a terminal, else plain)').choices([
        'tree',
        'plain',
        'json',
      ]),
    )
    .option('--json', 'the same as --progress json: one event a line')
    .option('-q, --quiet', 'say nothing but what fails');
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number, from 1 on.');
  }
  return value;
}

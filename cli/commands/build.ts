import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { BuildCommandOptions } from '../run-build.ts';
import { addShowOptions } from '../show-options.ts';

export function addBuild(program: Command, context: Context): void {
  addShowOptions(program.command('build'))
    .summary('build the projects of a specification')
    .description(
      'Builds the projects of a specification, and what they need of each other.\n' +
        'Exit status: 0 built, 1 a project failed, 2 the specification or the usage is wrong, 3 this host cannot, 130 interrupted.\n' +
        'A step is run only when something that its result depends on has changed since it was run last; `contractor why` says what.\n' +
        'When the newest run of the same file was cut off or cancelled, what still runs is waited for.\n' +
        'The first Ctrl-C cancels the build cleanly, the second ends contractor at once.',
    )
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .option('--fresh', 'the same as --no-cache, and leave alone what a build of the same file was cut off at')
    .option('--no-cache', 'take over no result of an earlier build: run every step')
    .option(
      '--rebuild <project>',
      'run every step of this project; may be repeated',
      (name: string, before: readonly string[] | undefined) => [...(before ?? []), name],
    )
    .option('--dry-run', 'build nothing: say what would be built, and why (the same as `contractor plan`)')
    .option('--dependents', 'build also the projects that use what the named ones make')
    .option('-k, --keep-going', 'after a failure go on with the projects that do not need the one that failed')
    .option('--offline', 'do not ask other hosts what is new: trust what they said last, and say so')
    .option(
      '--allow-source <directory>',
      'let steps copy from this directory too, and not only from that of the specification and the repository around it; may be repeated',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('--no-lock', 'install what the mirrors have, and not what the lock beside the specification says')
    .option('--artifacts <place>', 'with --database: where the workers leave artifacts for each other')
    .option('--strict', 'refuse to begin when this host cannot enforce a limit of a step')
    .option('--policy <file>', 'refuse to begin what this file does not admit: tools, hosts, limits')
    .addOption(
      new Option(
        '--on-failure <what>',
        'what a step that fails for good does: end its project, or ask (default: stop)',
      ).choices(['shell', 'pause', 'stop']),
    )
    .option(
      '--break <step>',
      'pause before this step, PROJECT:STEP; may be said again',
      (step: string, all?: readonly string[]) => [...(all ?? []), step],
    )
    .argument('[project...]', 'build these, and what they need (default: all)')
    .addHelpText(
      'after',
      examples([
        ['contractor build', 'all of ./build.yaml'],
        ['contractor build ci.yaml hello -j 2', 'one project and what it needs, two at a time'],
        ['contractor build --on-failure=pause', 'ask what to do when a step fails: retry, shell, edit, skip'],
        ['contractor build --break hello:3', 'stop before the third step of hello, to look around'],
        ['contractor build --rebuild hello', 'hello from its first step, and what that changes'],
        ['contractor build --json | jq .type', 'for programs: one event a line'],
        ['contractor build --database postgres://ci@db/ci', 'have workers build it, and show how'],
      ]),
    )
    .action(async (spec: string | undefined, projects: string[], options: BuildCommandOptions, command: Command) => {
      const { databaseOption } = await import('../with-supervisor.ts');
      const database = databaseOption(command);
      if (database !== undefined) {
        const { buildOnFleet } = await import('../fleet/build-on-fleet.ts');
        await buildOnFleet({ spec, projects, options, database }, { context, command });
        return;
      }
      const { runBuild } = await import('../run-build.ts');
      await runBuild({ spec, projects, options }, { context, command });
    });
}

import { InvalidArgumentError, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { WatchCommandOptions } from '../run-watch.ts';
import { addShowOptions } from '../show-options.ts';

export function addWatch(program: Command, context: Context): void {
  addShowOptions(program.command('watch'))
    .summary('build, and build again whenever something changes')
    .description(
      'Builds what is out of date, stays, and builds again what changes: the specification, directories that `copy-source`\n' +
        'copies, repositories, package mirrors, and artifacts that another process publishes. It says what changed, and why\n' +
        'what is built. A change that is taken back builds nothing; what failed is built again when something changes that it\n' +
        'is made of. On a terminal, Enter has it look again and build what failed, and q with Enter ends it, as Ctrl-C does.\n' +
        'Exit status: 0 it was ended while it waited, 130 while it built (that build is cancelled), 2 wrong usage, 3 this host cannot.',
    )
    .argument('[spec]', 'the specification, or - for the standard input (default: build.yaml, else contractor.yaml)')
    .argument('[project...]', 'watch these, and what they need (default: all)')
    .option(
      '--poll <time>',
      'how often servers of repositories and packages are asked: 30s, 10m (default: 60s)',
      pollTime,
    )
    .option(
      '--restart',
      'cancel a build when something changes that it is made of, and begin anew; finished steps are kept',
    )
    .option('--dependents', 'watch also the projects that use what the named ones make')
    .option('--offline', 'do not ask other hosts what is new: trust what they said last')
    .option(
      '--allow-source <directory>',
      'let steps copy from this directory too; may be repeated',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('--strict', 'build nothing when this host cannot enforce a limit of a step')
    .addHelpText(
      'after',
      examples([
        ['contractor watch', 'all of ./build.yaml'],
        ['contractor watch ci.yaml hello --restart', 'one project and what it needs; a change begins the build anew'],
        ['contractor watch --poll 10m', 'ask servers every ten minutes'],
        ['contractor watch --json | jq -r .type', 'for programs: one event a line'],
      ]),
    )
    .action(async (spec: string | undefined, projects: string[], options: WatchCommandOptions, command: Command) => {
      const { runWatch } = await import('../run-watch.ts');
      await runWatch({ spec, projects, options }, { context, command });
    });
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
/** A timer of Node takes no more. */
const LONGEST_MS = 24 * 3_600_000;

/** A time in milliseconds, from a second to a day. */
function pollTime(text: string): number {
  const [, number = '', unit = 's'] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  const milliseconds = Number(number) * (UNITS[unit || 's'] ?? 1000);
  if (number === '' || milliseconds < 1000 || milliseconds > LONGEST_MS) {
    throw new InvalidArgumentError('It must be a time from 1s to 24h: `30s`, `10m`, `1h`.');
  }
  return milliseconds;
}

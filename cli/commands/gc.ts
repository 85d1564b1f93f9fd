import { InvalidArgumentError, Option, type Command } from 'commander';
import { ageMs } from '../age-ms.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { GcCommandOptions } from '../run-gc.ts';
import { positiveNumber } from '../show-options.ts';

export function addGc(program: Command, context: Context): void {
  program
    .command('gc')
    .summary('remove what is old and not needed from the store')
    .description(
      'Removes old runs with their layers and logs, old versions of artifacts, and what killed processes have left. What an unfinished\n' +
        'or a kept run needs stays, the newest run of each file, the newest failure of each project, the results that the next build\n' +
        'reuses, and the newest version of each artifact. Builds may go on meanwhile. See docs/store.md.',
    )
    .option(
      '--keep-versions <number>',
      'keep so many of the newest versions of each artifact (default: 3)',
      positiveNumber,
    )
    .option('--keep-for <time>', 'keep runs and versions that are younger: 36h, 14d (default: 14d)', ageMs)
    .option(
      '--max-size <size>',
      'let the trees of the store take no more than this: 500M, 20G; the oldest goes first (default: no limit)',
      sizeInBytes,
    )
    .option('-n, --dry-run', 'say what would go, and remove nothing')
    .addOption(
      new Option(
        '--automatic [off]',
        'follow this policy after each build from now on: once a day, and when the size is passed; `--automatic=off` ends that',
      ).choices(['off']),
    )
    .option('--json', 'print what was removed as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor gc --dry-run', 'what would go'],
        ['contractor gc', 'remove it'],
        ['contractor gc --keep-versions 1 --keep-for 2d', 'keep less'],
        ['contractor gc --automatic --max-size 20G', 'now and after builds, with at most 20 GiB'],
        ['contractor gc --automatic=off', 'no more after builds'],
      ]),
    )
    .action(async (options: GcCommandOptions, command: Command) => {
      const { runGc } = await import('../run-gc.ts');
      await runGc(options, { context, command });
    });
}

const UNIT_BYTES: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** The bytes of a size as in a specification: `500M`, `1.5G`, `2TiB`, or a number of bytes. */
function sizeInBytes(text: string): number {
  const [, count, unit = ''] = /^([0-9]{1,15}(?:\.[0-9]{1,3})?)(?:([KMGT])(?:iB)?)?$/.exec(text) ?? [];
  const bytes = Math.ceil(Number(count) * (UNIT_BYTES[unit] ?? 1));
  if (count === undefined || !Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError('It must be a size, such as 500M or 20G (powers of 1024), or a number of bytes.');
  }
  return bytes;
}

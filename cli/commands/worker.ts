import { InvalidArgumentError, type Command } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { WorkerCommandOptions } from '../fleet/run-worker-command.ts';
import { positiveNumber } from '../show-options.ts';

export function addWorker(program: Command, context: Context): void {
  program
    .command('worker')
    .summary('build projects that others hand in to a database')
    .description(
      'Builds projects that `contractor build --database` has handed in, in the store of this host, and leaves what they\n' +
        'make where all workers find it. Any number of workers share a database; each needs a store of its own.\n' +
        'The first Ctrl-C lets what runs come to its end, the second leaves it to the next start, or to another worker.',
    )
    .requiredOption(
      '--artifacts <place>',
      'where workers leave artifacts for each other: a directory that all share, or s3://BUCKET/PREFIX',
    )
    .option('-j, --jobs <number>', 'how many projects at once (default: the number of processors)', positiveNumber)
    .option(
      '--give-up-after <duration>',
      'how long to hold results while the database is away, as 90s, 10m or 1h30m (default: 1h)',
      durationOption,
    )
    .option('--labels <labels>', 'what projects can ask for with `runs-on`, as gpu,zone=eu')
    .option(
      '--policy <file>',
      'what this worker admits of specifications: tools, hosts and limits; see `contractor schema build-policy`',
    )
    .addHelpText(
      'after',
      examples([
        [
          'contractor worker --database postgres://ci@db/ci --artifacts /srv/artifacts',
          'with as many jobs as processors',
        ],
        ['contractor worker … --artifacts /srv/artifacts -j 1', 'one project at a time'],
      ]),
    )
    .action(async (options: WorkerCommandOptions, command: Command) => {
      const { runWorkerCommand } = await import('../fleet/run-worker-command.ts');
      await runWorkerCommand(options, { context, command });
    });
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };

function durationOption(text: string): number {
  if (!/^(?=.*[1-9])(?:\d{1,4}h)?(?:\d{1,6}m)?(?:\d{1,8}s)?$/.test(text)) {
    throw new InvalidArgumentError('It must be a time such as 90s, 10m or 1h30m.');
  }
  return [...text.matchAll(/(\d+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
}

import type { Command } from 'commander';
import { ageMs } from '../age-ms.ts';
import type { Context } from '../context.ts';
import { examples } from '../examples.ts';
import type { PruneCommandOptions } from '../run-exchange.ts';
import { positiveNumber } from '../show-options.ts';

const PLACE = 'a directory that hosts share: file:/PATH, /PATH, ./PATH; or a bucket: s3://BUCKET/PREFIX';
const ENDPOINT = [
  '--endpoint <url>',
  'the server of the bucket (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL; or AWS)',
] as const;

/** `contractor artifact push`. */
export function addPush(artifact: Command, context: Context): void {
  artifact
    .command('push')
    .summary('send an artifact to a place that stores share')
    .description(
      'Sends an artifact to a directory that hosts share, or to a bucket of S3 or a server like it, where `artifact pull` of others\n' +
        'finds it. What is there already is not sent; a push that was cut off is gone on with by the next. Credentials for a bucket\n' +
        'are AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or in the files of AWS; see docs/exchange.md.',
    )
    .argument('<artifact>', 'its name, or name@version')
    .argument('<place>', PLACE)
    .option('--anew', 'send all of it, also what is there: when something there is damaged')
    .option(...ENDPOINT)
    .option('--json', 'print what was sent as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor artifact push unstable-systree /net/artifacts', 'the newest version'],
        ['contractor artifact push hello@3 ./artifacts', 'the third'],
        ['contractor artifact push hello s3://builds/debian --endpoint https://s3.example', 'to a server of your own'],
      ]),
    )
    .action(
      async (
        reference: string,
        place: string,
        options: { anew?: true; json?: true; endpoint?: string },
        command: Command,
      ) => {
        const { runPush } = await import('../run-exchange.ts');
        await runPush({ reference, place, ...options }, { context, command });
      },
    );
}

/** `contractor artifact pull`. */
export function addPull(artifact: Command, context: Context): void {
  artifact
    .command('pull')
    .summary('fetch an artifact from a place that stores share')
    .description(
      'Fetches an artifact that was pushed. What the store has is not fetched, and each byte that arrives is compared with its\n' +
        'hash. A pull that was cut off is gone on with by the next. Without a digest it is the one that was pushed last: who can\n' +
        'write to the place then decides which that is.',
    )
    .argument('<artifact>', 'its name, or its name and digest: hello@0123456789ab')
    .argument('<place>', PLACE)
    .option(...ENDPOINT)
    .option('--json', 'print what was fetched as JSON')
    .addHelpText(
      'after',
      examples([['contractor artifact pull unstable-systree /net/artifacts', 'the one that was pushed last']]),
    )
    .action(async (reference: string, place: string, options: { json?: true; endpoint?: string }, command: Command) => {
      const { runPull } = await import('../run-exchange.ts');
      await runPull({ reference, place, ...options }, { context, command });
    });
}

/** `contractor artifact prune`. */
export function addPrune(artifact: Command, context: Context): void {
  artifact
    .command('prune')
    .summary('remove from a place that stores share what no artifact there needs')
    .description(
      'Removes from a directory or a bucket what no artifact there needs: what killed pushes have left, and with `--keep-for` first\n' +
        'the artifacts that were last pushed longer ago. What a push or pull of any host relies on stays. See docs/exchange.md.',
    )
    .argument('<place>', PLACE)
    .option(
      '--keep-for <time>',
      'forget artifacts that were pushed longer ago: 36h, 30d (default: none); where workers\nshare the place, with `--database`: what runs need that have not ended stays',
      ageMs,
    )
    .option('--keep-versions <number>', 'but so many of the newest of each name stay (default: 3)', positiveNumber)
    .option('--grace <time>', 'what is younger stays; so long may a pull take (default: 1d, at least 1h)', ageMs)
    .option(
      '--settle <time>',
      'wait so long until all hosts know of it (default: 2m for a directory, 0s for S3)',
      ageMs,
    )
    .option('-n, --dry-run', 'say what would go, and remove nothing')
    .option(...ENDPOINT)
    .option('--json', 'print what was removed as JSON')
    .addHelpText(
      'after',
      examples([
        ['contractor artifact prune /net/artifacts --dry-run', 'what would go'],
        [
          'contractor artifact prune /net/artifacts --keep-for 30d',
          'keep those of the last month, and three of each name',
        ],
      ]),
    )
    .action(async (place: string, options: PruneCommandOptions, command: Command) => {
      const { runPrune } = await import('../run-exchange.ts');
      await runPrune(place, options, { context, command });
    });
}

import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { customAlphabet } from 'nanoid';
import { ContractorError } from '../../errors.ts';
import { amountText, thisHost } from '../../index.ts';
import type { HostTraits } from '../../index.ts';
import type { WorkerNews } from '../../fleet/run-worker.ts';
import { makeDirectorySync } from '../../make-directory.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { readPolicy } from '../read-policy.ts';
import { neutralisedLine } from '../text/neutralised.ts';
import { placeFrom } from '../run-exchange.ts';
import { workerLabels } from './worker-labels.ts';
import { databaseOption, withSupervisor } from '../with-supervisor.ts';

const newId = customAlphabet('0123456789abcdefghjkmnpqrstuvwxyz', 10);

const GIVE_UP_AFTER_MS = 3_600_000;

/** The options of `contractor worker`. */
export interface WorkerCommandOptions {
  readonly artifacts: string;
  readonly jobs?: number;
  readonly labels?: string;
  readonly policy?: string;
  /** In milliseconds. */
  readonly giveUpAfter?: number;
}

/** What `contractor worker` does. */
export async function runWorkerCommand(
  {
    artifacts,
    jobs = availableParallelism(),
    giveUpAfter = GIVE_UP_AFTER_MS,
    labels: labelsText,
    policy: policyFile,
  }: WorkerCommandOptions,
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  const url = databaseOption(command);
  if (url === undefined) {
    throw new ContractorError('USAGE', 'A worker needs a database.', 'Say which: `--database postgres://…`.');
  }
  const traits = thisHost(labelsText === undefined ? [] : workerLabels(labelsText));
  const policy = policyFile === undefined ? undefined : readPolicy(resolve(context.workingDirectory, policyFile));
  const [{ withFleet }, { runWorker }, { exchangeAt }, { userOfPlace }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/run-worker.ts'),
    import('../../fleet/artifact-exchange.ts'),
    import('../../fleet/user-of-place.ts'),
  ]);
  const say = (text: string): void => void context.stdout.write(`${neutralisedLine(text)}\n`);
  const draining = new AbortController();
  const stop = context.onInterrupt(() => {
    if (draining.signal.aborted) context.exitNow(EXIT.interrupted);
    draining.abort();
    say('finishing what runs … (Ctrl-C again leaves it to the next start, or to another worker)');
  });
  try {
    await withSupervisor({ context, command }, async (supervisor) => {
      await assertHost(supervisor);
      const place = placeFrom(context, artifacts);
      await supervisor.artifacts.preparePlace(place);
      supervisor.runs({ limit: 1 }); // Makes the store where there is none: nothing may lie there before.
      const worker = workerName(supervisor.storeDirectory);
      await withFleet(url, async ({ database, queue }) => {
        await supervisor.artifacts.preparePlace(place, { user: await userOfPlace(database) });
        say(`worker ${worker} builds for ${database.name}, ${jobs} at a time, as ${hostText(traits)}`);
        const now = (): number => context.now();
        await runWorker({
          supervisor,
          database,
          queue,
          exchange: exchangeAt(place, supervisor.artifacts),
          ...(policy === undefined ? {} : { policy }),
          holder: newId(),
          worker,
          jobs,
          traits,
          now,
          draining: draining.signal,
          patience: { giveUpAfterMs: giveUpAfter, now: () => performance.now(), name: database.name },
          tell: (news) => say(newsText(news)),
        });
      });
    });
  } finally {
    stop();
  }
}

/** What it is, as projects ask for it. */
function hostText({ architecture, memoryBytes, labels }: HostTraits): string {
  return [architecture, amountText(memoryBytes, 'bytes'), ...labels].join(', ');
}

/** A host that cannot build anything takes no project from others that could. */
async function assertHost(supervisor: Parameters<Parameters<typeof withSupervisor>[1]>[0]): Promise<void> {
  const missing = (await supervisor.checkHost()).filter(({ state }) => state === 'missing');
  if (missing.length === 0) return;
  throw new ContractorError(
    'HOST_UNSUITABLE',
    `This host cannot build: ${missing.map(({ found }) => found).join('; ')}.`,
    'See what mends it with `contractor doctor`.',
  );
}

/** The same after a restart, as the store has what the worker left. */
function workerName(store: string): string {
  const file = join(store, 'fleet', 'worker');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    makeDirectorySync(join(store, 'fleet'), 0o700);
    const name = `${hostname()}/${newId().slice(0, 6)}`;
    writeFileSync(file, `${name}\n`);
    return name;
  }
}

const WHAT = { database: 'database', place: 'place of artifacts' } as const;

function newsText(news: WorkerNews): string {
  switch (news.type) {
    case 'began':
      return `${news.run}:${news.project} began`;
    case 'ended':
      return `${news.run}:${news.project} ${news.result}`;
    case 'lost':
      return `${news.run}:${news.project} is not this worker's any more`;
    case 'away':
      return `the ${WHAT[news.what]} is away; what is built is held`;
    case 'back':
      return `the ${WHAT[news.what]} is back`;
  }
}

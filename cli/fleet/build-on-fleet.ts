import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { customAlphabet } from 'nanoid';
import { ContractorError } from '../../errors.ts';
import type { Fleet } from '../../fleet/open-fleet.ts';
import type { Patience } from '../../fleet/persistently.ts';
import type { Context } from '../context.ts';
import { withProblemsPrinted } from '../print-problems.ts';
import type { BuildCommandOptions } from '../run-build.ts';
import { placeFrom } from '../run-exchange.ts';
import { readSpec } from '../spec-file.ts';
import { withSupervisor } from '../with-supervisor.ts';
import { showFleetRun } from './show-fleet-run.ts';

const newId = customAlphabet('0123456789abcdefghjkmnpqrstuvwxyz', 10);

/** As long as a person waits for a run to be taken. */
const SUBMIT_MS = 30_000;

/** What `contractor build --database` does: hands the run to workers, and shows it as if it were built here. */
export async function buildOnFleet(
  {
    spec,
    projects,
    options,
    database: url,
  }: {
    readonly spec: string | undefined;
    readonly projects: readonly string[];
    readonly options: BuildCommandOptions;
    readonly database: string;
  },
  { context, command }: { readonly context: Context; readonly command: Command },
): Promise<void> {
  refuseLocalOptions(options);
  const source = await readSpec(spec, context);
  const [{ withFleet }, { submitRun }, { exchangeAt }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/submit-run.ts'),
    import('../../fleet/artifact-exchange.ts'),
  ]);
  const { artifacts } = options;
  const patience = (name: string): Patience => ({ giveUpAfterMs: SUBMIT_MS, now: () => performance.now(), name });
  const submit = async ({ database, queue }: Fleet): Promise<string | undefined> =>
    await withSupervisor({ context, command }, async (supervisor) =>
      withProblemsPrinted({ supervisor, source, context }, async () =>
        submitRun(
          {
            source,
            ...(projects.length > 0 ? { projects } : {}),
            ...(options.dependents === true ? { dependents: true } : {}),
            options: {
              ...(options.keepGoing === true ? { keepGoing: true } : {}),
              ...(options.cache === false || options.fresh === true ? { noCache: true } : {}),
              ...(options.rebuild === undefined ? {} : { rebuild: options.rebuild }),
              ...(options.offline === true ? { offline: true } : {}),
              ...(options.strict === true ? { strict: true } : {}),
              ...(options.lock === false ? { lock: false } : {}),
            },
          },
          {
            supervisor,
            database,
            queue,
            exchange:
              artifacts === undefined ? undefined : exchangeAt(placeFrom(context, artifacts), supervisor.artifacts),
            now: () => context.now(),
            newId,
            patience: patience(database.name),
          },
        ),
      ),
    );
  await withFleet(url, async (fleet) => {
    const run = await submit(fleet);
    if (run === undefined) return;
    const logs = mkdtempSync(join(tmpdir(), 'contractor-logs-'));
    try {
      await showFleetRun(run, { fleet, logs, choice: options, context });
    } finally {
      rmSync(logs, { recursive: true, force: true });
    }
  });
}

/** What needs the machines, the files or the terminal of one host. @throws USAGE */
function refuseLocalOptions(options: BuildCommandOptions): void {
  const local = {
    '--dry-run': options.dryRun,
    '--allow-source': options.allowSource,
    '--on-failure': options.onFailure === 'stop' ? undefined : options.onFailure,
    '--break': options.break,
    '--inspect': options.inspect,
    '--jobs': options.jobs,
    '--policy': options.policy,
  };
  const [given] = Object.entries(local).find(([, value]) => value !== undefined) ?? [];
  if (given === undefined) return;
  throw new ContractorError(
    'USAGE',
    `\`${given}\` is for a build on this host: workers cannot do it.`,
    given === '--jobs'
      ? 'Each worker has its own: `contractor worker --jobs`.'
      : `Leave \`${given}\` out, or \`--database\`.`,
  );
}

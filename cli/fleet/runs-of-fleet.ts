import { setTimeout as wait } from 'node:timers/promises';
import type { Fleet } from '../../fleet/open-fleet.ts';
import { amountText, ContractorError, describeMachine } from '../../index.ts';
import type { BuildEvent, HostTraits, ProjectNeeds, Supervisor } from '../../index.ts';
import type { ProjectFacts } from '../../inspector/facts.ts';
import type { ShownRuns } from '../../inspector/server/shown-runs.ts';
import { refusalElsewhere } from './refuse-elsewhere.ts';
import { FleetLogs } from './fleet-logs.ts';

/** How often it is looked for more events. */
const LOOK_MS = 300;

/**
 * The runs that workers share, for the inspector. It can cancel them; to go on with one, or to build it again, is a matter
 * of `contractor build --database`. What the kernel showed around a step, its worker has.
 */
export async function runsOfFleet(
  fleet: Fleet,
  place: {
    /** Reads specifications, and has nothing else to do with the runs. */
    readonly supervisor: Supervisor;
    /** Where logs are copied to. */
    readonly directory: string;
    readonly now: () => number;
  },
): Promise<ShownRuns> {
  const { database } = fleet;
  const { supervisor, directory, now } = place;
  const [{ listRuns, findRun, allEvents, runDetails, logParts, specOfRun }, { eventsAfter }, { cancelRun }, placement] =
    await Promise.all([
      import('../../fleet/read-runs.ts'),
      import('../../fleet/follow-run.ts'),
      import('../../fleet/cancel-run.ts'),
      import('../../fleet/placement/workers.ts'),
    ]);
  const logs = new FleetLogs(directory, {
    detailsOf: async (run) => runDetails(await findRun(database, run), await allEvents(database, run)),
    partsOf: async (log) => await logParts(database, log),
  });
  let known: { readonly run: string; readonly needs: readonly ProjectNeeds[] } | undefined;
  const needsOf = async (run: string): Promise<readonly ProjectNeeds[]> => {
    if (known?.run === run) return known.needs;
    const needs = await supervisor.needs({ text: await specOfRun(database, run) }, { lock: false, alone: true });
    known = { run, needs };
    return needs;
  };
  const onlyCommandLine = (): never => {
    throw new ContractorError(
      'USAGE',
      'Runs that workers share are begun by who hands them in.',
      'Call `contractor build --database …`.',
    );
  };
  return {
    runs: async (limit) => await listRuns(database, limit),
    summary: async (run) => await findRun(database, run),
    fileOf: () => undefined,
    project: async (run, name) => factsOf(await needsOf(run), name),
    receipt: async ({ run, project }) => {
      throw await refusalElsewhere(database, { run, project, step: undefined, command: 'logs --receipt' });
    },
    async *follow(run, { afterSeq, signal }): AsyncGenerator<readonly BuildEvent[]> {
      for (let seq = afterSeq; !signal.aborted;) {
        const events = await eventsAfter(database, run, seq);
        const last = events.at(-1);
        if (last !== undefined && 'seq' in last) ({ seq } = last);
        if (events.length > 0) yield events;
        else await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
        if (last?.type === 'run-ended') return;
        // Of a run that has ended and whose last event the reader has had, nothing more comes.
        if (last === undefined && (await findRun(database, run)).endedAt !== undefined) return;
      }
    },
    logFile: async (attempt) => await logs.fileOf(attempt),
    cancel: async (run) => {
      await cancelRun(fleet, run, now);
      return run;
    },
    resume: onlyCommandLine,
    build: onlyCommandLine,
    workers: async () =>
      (await placement.busyWorkers(database)).map(({ name, traits, jobs, builds }) => ({
        name,
        traits: traitsText(traits),
        jobs,
        builds,
      })),
  };
}

async function factsOf(needs: readonly ProjectNeeds[], name: string): Promise<ProjectFacts> {
  const found = needs.find(({ project }) => project.name === name);
  if (found === undefined) {
    throw new ContractorError('PROJECT_UNKNOWN', `The run has no project \`${name}\`.`, 'Choose another.');
  }
  const { project, isolation } = found;
  return {
    machine: await describeMachine(project),
    // Without limits: they are those of the worker.
    steps: project.steps.flatMap((step) => {
      const own = isolation[step.id];
      const { id, title, timeoutMs, retries = 0 } = step;
      return own === undefined
        ? []
        : [{ id, title, isolation: own, retries, ...(timeoutMs === undefined ? {} : { timeoutMs }) }];
    }),
  };
}

function traitsText({ architecture, memoryBytes, labels }: HostTraits): string {
  return [architecture, amountText(memoryBytes, 'bytes'), ...labels].join(', ');
}

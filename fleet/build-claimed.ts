import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContractorError } from '../errors.ts';
import { lockPath } from '../index.ts';
import type { BuildEvent, ProjectResult, Run, SpecSource, Supervisor } from '../index.ts';
import type { ArtifactExchange } from './artifact-exchange.ts';
import { ClaimLost, setEnded, underClaim } from './claim.ts';
import type { ClaimedProject } from './claim.ts';
import type { Database, Queries } from './database.ts';
import { persistently } from './persistently.ts';
import type { Patience } from './persistently.ts';
import type { Queue } from './queue.ts';
import { advanceRun, recordEvents } from './records.ts';
import type { ToldEvent } from './records.ts';
import { registerArtifact } from './register-artifact.ts';
import { LogShipper } from './ship-log.ts';

/** What a worker builds with. */
export interface WorkPlace {
  readonly supervisor: Supervisor;
  readonly database: Database;
  readonly queue: Queue;
  readonly exchange: ArtifactExchange;
  readonly patience: Patience;
  readonly now: () => number;
}

/** What ends a build. */
export interface BuildSignals {
  /** Somebody has cancelled the run. */
  readonly cancelled: AbortSignal;
  /** The project is not this worker's to build any more, or the worker cannot go on: nothing more is told. */
  readonly abandoned: AbortSignal;
}

const LOG_MS = 500;

/** Of this worker and not of the project: another worker may do better. */
const OWN_REFUSALS = /^(STORE_|SANDBOX_FAILED$)/;

/**
 * Builds a claimed project in this worker's store, and tells how it goes and how it ends, for as long as the claim
 * holds. What is built is built also when the database is away: it is told when that is back.
 *
 * @throws ClaimLost; ContractorError where this worker cannot go on
 */
export async function buildClaimed(
  claimed: ClaimedProject,
  { cancelled, abandoned }: BuildSignals,
  place: WorkPlace,
): Promise<ProjectResult> {
  const { supervisor } = place;
  const { claim, options, given } = claimed;
  const directory = join(supervisor.storeDirectory, 'fleet', `${claim.run}-${encodeURIComponent(claim.project)}`);
  try {
    const source = writeSource(directory, claimed);
    const run = await refusable(async () => {
      for (const [name, digest] of Object.entries(given)) {
        await place.exchange.pull({ name, digest }, supervisor.artifacts);
      }
      return await supervisor.build(source, {
        projects: [claim.project],
        given,
        jobs: 1,
        signal: AbortSignal.any([abandoned, cancelled]),
        ...(options.noCache === true ? { noCache: true } : {}),
        ...(options.rebuild?.includes(claim.project) === true ? { rebuild: [claim.project] } : {}),
        ...(options.offline === true ? { offline: true } : {}),
        ...(options.strict === true ? { strict: true } : {}),
        ...(options.lock === false ? { lock: false } : {}),
      });
    });
    const telling = new Telling(claimed, place, abandoned);
    if (run instanceof ContractorError) return await telling.refused(run);
    try {
      return await telling.whole(run);
    } catch (error) {
      run.cancel();
      await run.result.catch(() => undefined);
      throw error;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A build of the same file goes on with what was cut off: the file has the same name in each attempt of this worker. */
function writeSource(directory: string, { specText, lockText }: ClaimedProject): SpecSource {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fileName = join(directory, 'build.yaml');
  writeFileSync(fileName, specText);
  if (lockText !== null) writeFileSync(lockPath(fileName), lockText);
  return { fileName, text: specText, directory };
}

async function refusable<T>(act: () => Promise<T>): Promise<T | ContractorError> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof ContractorError && !OWN_REFUSALS.test(error.code)) return error;
    throw error;
  }
}

/** Tells the database of one build, under one claim. */
class Telling {
  readonly #claimed: ClaimedProject;
  readonly #place: WorkPlace;
  readonly #abandoned: AbortSignal;
  readonly #log: LogShipper;

  constructor(claimed: ClaimedProject, place: WorkPlace, abandoned: AbortSignal) {
    this.#claimed = claimed;
    this.#place = place;
    this.#abandoned = abandoned;
    this.#log = new LogShipper(place.database, claimed.claim);
  }

  /** That the project could not even be begun. */
  async refused({ code, message, mend }: ContractorError): Promise<ProjectResult> {
    const { claim, firstStep } = this.#claimed;
    const at = this.#place.now();
    const step = { project: claim.project, step: firstStep, attempt: 1, attemptId: claim.job };
    await this.#tell([
      { type: 'project-started', at, project: claim.project },
      {
        type: 'step-ended',
        at,
        ...step,
        outcome: { type: 'refused', code, message, mend },
        durationMs: 0,
        next: 'end',
      },
    ]);
    return await this.#end({ type: 'project-ended', at, project: claim.project, result: 'failed', durationMs: 0 }, []);
  }

  async whole(run: Run): Promise<ProjectResult> {
    const { claim, makes } = this.#claimed;
    const { supervisor, now } = this.#place;
    let ended: Extract<ToldEvent, { type: 'project-ended' }> | undefined;
    const shipping = setInterval(() => {
      this.#log.ship().catch(() => undefined); // The next does it, or the end of the step.
    }, LOG_MS);
    try {
      for await (const bunch of bunches(run.events())) {
        const told: ToldEvent[] = [];
        for (const event of bunch) {
          if (event.type === 'run-started' && event.projects[0]?.isCurrent === true) {
            const { project } = claim;
            ended = { type: 'project-ended', at: event.at, project, result: 'built', durationMs: 0, isCurrent: true };
          }
          if (!isOfProject(event)) continue;
          const { run: _, seq: __, ...rest } = event;
          if (rest.type === 'project-ended') ended = rest;
          else told.push(rest);
          await this.#follow(event, run.id);
        }
        await this.#tell(told);
      }
      await run.result;
    } finally {
      clearInterval(shipping);
    }
    if (ended === undefined) throw new ClaimLost(); // It was not this project's end: the run was broken off.
    const made =
      ended.result === 'built' ? supervisor.artifactsOfRun(run.id).filter(({ name }) => makes.includes(name)) : [];
    for (const artifact of made) await this.#place.exchange.push(artifact, supervisor.artifacts);
    return await this.#end({ ...ended, at: now() }, made);
  }

  /** Does what has to be done before others hear of an event. */
  async #follow(event: BuildEvent, run: string): Promise<void> {
    const { supervisor, exchange, patience } = this.#place;
    if (event.type === 'step-started' || event.type === 'step-adopted') {
      const { project, step, attempt, attemptId } = event;
      this.#log.begin(attemptId, supervisor.logFile({ run, project, step, attempt }));
    } else if (event.type === 'step-ended') await persistently(async () => await this.#log.ship(), patience);
    else if (event.type === 'artifact-published') {
      const { artifact: name, version, digest } = event;
      await exchange.push({ name, version, digest }, supervisor.artifacts);
    }
  }

  async #tell(events: readonly ToldEvent[]): Promise<void> {
    if (events.length === 0) return;
    const { claim } = this.#claimed;
    await this.#underClaim(async (queries) => {
      const known: ToldEvent[] = [];
      for (const event of events) known.push(await this.#registered(queries, event));
      await recordEvents(queries, claim.run, known);
    });
  }

  /** Once abandoned, the build is cancelled: that is not how the project has ended. */
  async #underClaim(write: Parameters<typeof underClaim<void>>[2]): Promise<void> {
    const { database, patience } = this.#place;
    await persistently(async () => {
      if (this.#abandoned.aborted) throw new ClaimLost();
      await underClaim(database, this.#claimed.claim, write);
    }, patience);
  }

  /** A version of this store says nothing to others: they hear of that among all workers. */
  async #registered(queries: Queries, event: ToldEvent): Promise<ToldEvent> {
    if (event.type !== 'artifact-published') return event;
    const { artifact: name, digest, at } = event;
    return { ...event, ...(await registerArtifact(queries, { run: this.#claimed.claim.run, name, digest, at })) };
  }

  /** The end and all that follows from it are one. */
  async #end(
    ended: Extract<ToldEvent, { type: 'project-ended' }>,
    made: readonly { readonly name: string; readonly digest: string }[],
  ): Promise<ProjectResult> {
    const { queue } = this.#place;
    const { claim } = this.#claimed;
    const { at } = ended;
    await this.#underClaim(async (queries, run) => {
      for (const { name, digest } of made) await registerArtifact(queries, { run: claim.run, name, digest, at });
      await setEnded(queries, claim, ended.result);
      await recordEvents(queries, claim.run, [ended]);
      await advanceRun(queries, run, { queue, now: at });
      // Where others were to take over and have not yet, the job is there still: it will be found done.
      await queue.complete(queries, claim.queue, { id: claim.job, retryCount: claim.attempt });
    });
    return ended.result;
  }
}

type OfProject = Exclude<BuildEvent, { type: 'run-started' | 'run-ended' | 'step-progress' }>;

function isOfProject(event: BuildEvent): event is OfProject {
  return event.type !== 'run-started' && event.type !== 'run-ended' && event.type !== 'step-progress';
}

/** Events in bunches: what has come while the last bunch was told. */
async function* bunches(events: AsyncIterable<BuildEvent>): AsyncGenerator<readonly BuildEvent[]> {
  let pending: BuildEvent[] = [];
  let isOver = false;
  let woken = Promise.withResolvers<undefined>();
  const wake = (): void => woken.resolve(undefined);
  const reading = (async () => {
    try {
      for await (const event of events) {
        pending.push(event);
        wake();
      }
    } finally {
      isOver = true;
      wake();
    }
  })();
  reading.catch(() => undefined); // It is awaited below.
  while (!isOver || pending.length > 0) {
    await woken.promise;
    woken = Promise.withResolvers();
    if (isOver) wake();
    const bunch = pending;
    pending = [];
    if (bunch.length > 0) yield bunch;
  }
  await reading;
}

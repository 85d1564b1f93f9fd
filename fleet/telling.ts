import type { ContractorError } from '../errors.ts';
import type { BuildEvent, ProjectResult, Run } from '../index.ts';
import { bunches } from './bunches.ts';
import { ClaimLost, recordWhere, setEnded, underClaim } from './claim.ts';
import type { ClaimedProject } from './claim.ts';
import type { Queries } from './database.ts';
import { persistently, untilPlaceIsBack } from './persistently.ts';
import { advanceRun, recordEvents } from './records.ts';
import type { ToldEvent } from './records.ts';
import { registerArtifact } from './register-artifact.ts';
import { LogShipper } from './ship-log.ts';
import type { WorkPlace } from './work-place.ts';

const LOG_MS = 500;

/** Tells the database of one build, under one claim. */
export class Telling {
  readonly #claimed: ClaimedProject;
  readonly #place: WorkPlace;
  readonly #abandoned: AbortSignal;
  readonly #log: LogShipper;
  readonly #pushed = new Set<string>();
  #told: number;
  /** Not told yet. */
  #where: { readonly store: string; readonly run: string } | undefined;

  constructor(claimed: ClaimedProject, place: WorkPlace, abandoned: AbortSignal) {
    this.#claimed = claimed;
    this.#place = place;
    this.#abandoned = abandoned;
    this.#log = new LogShipper(place.database, claimed.claim);
    this.#told = claimed.told;
  }

  /** That somebody has cancelled the run before anything of the project was begun here. */
  async cancelled(): Promise<ProjectResult> {
    const { project } = this.#claimed.claim;
    const at = this.#place.now();
    return await this.#end({ type: 'project-ended', at, project, result: 'cancelled', durationMs: 0 }, []);
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
    this.#where = { store: supervisor.storeDirectory, run: run.id };
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
    for (const artifact of made) await this.#push(artifact); // Those that an earlier build has made.
    return await this.#end({ ...ended, at: now() }, made);
  }

  /** Does what has to be done before others hear of an event. */
  async #follow(event: BuildEvent, run: string): Promise<void> {
    const { supervisor, patience } = this.#place;
    if (event.type === 'step-started' || event.type === 'step-adopted') {
      const { project, step, attempt, attemptId } = event;
      this.#log.begin(attemptId, supervisor.logFile({ run, project, step, attempt }));
    } else if (event.type === 'step-ended') await persistently(async () => await this.#log.ship(), patience);
    else if (event.type === 'artifact-published') {
      await this.#push({ name: event.artifact, version: event.version });
    }
  }

  /** Before it is registered: whoever hears of it can have it. */
  async #push(artifact: { readonly name: string; readonly version: number }): Promise<void> {
    const { exchange, patience } = this.#place;
    const reference = `${artifact.name}@${artifact.version}`;
    if (this.#pushed.has(reference)) return;
    await untilPlaceIsBack(async () => {
      if (this.#abandoned.aborted) throw new ClaimLost();
      await exchange.push(artifact, this.#abandoned);
    }, patience);
    this.#pushed.add(reference);
  }

  async #tell(events: readonly ToldEvent[]): Promise<void> {
    if (events.length === 0) return;
    const { claim } = this.#claimed;
    await this.#underClaim(async (queries) => {
      const known: ToldEvent[] = [];
      for (const event of events) known.push(await this.#registered(queries, event));
      await recordEvents(queries, claim.run, known);
      if (this.#where !== undefined) await recordWhere(queries, claim, this.#where);
    });
    this.#where = undefined;
  }

  /** Once abandoned, the build is cancelled: that is not how the project has ended. */
  async #underClaim(write: Parameters<typeof underClaim>[2]): Promise<void> {
    const { database, patience } = this.#place;
    await persistently(async () => {
      if (this.#abandoned.aborted) throw new ClaimLost();
      await underClaim(database, { claim: this.#claimed.claim, told: this.#told }, write);
    }, patience);
    this.#told += 1;
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

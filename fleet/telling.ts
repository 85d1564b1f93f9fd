import type { ContractorError } from '../errors.ts';
import type { BuildEvent, ProjectResult, Run } from '../index.ts';
import { bunches } from './bunches.ts';
import { StepSharer } from './checkpoints/step-sharer.ts';
import { ClaimLost, recordWhere, setEnded, underClaim } from './claim.ts';
import type { Claim, ClaimedProject } from './claim.ts';
import type { Queries } from './database.ts';
import { persistently, untilPlaceIsBack } from './persistently.ts';
import { holdingsOf, tellHoldings } from './placement/holdings.ts';
import { advanceAfter, recordEvents } from './records.ts';
import type { ToldEvent } from './records.ts';
import { registerArtifact } from './register-artifact.ts';
import { LogShipper, recordLogPart } from './ship-log.ts';
import type { LogPart } from './ship-log.ts';
import type { WorkPlace } from './work-place.ts';

const LOG_MS = 500;
/** What happens within so long is told together: whoever follows looks no more often. */
const GATHER_MS = 200;

/** Tells the database of one build, under one claim. */
export class Telling {
  readonly #claimed: ClaimedProject;
  readonly #place: WorkPlace;
  readonly #abandoned: AbortSignal;
  readonly #log: LogShipper;
  readonly #pushed = new Set<string>();
  /** Told with the end of the project: of a build that is lost before, nothing is published. */
  readonly #published: Published[] = [];
  /** The ends of logs, to be written with the ends of their steps. */
  #logs: LogPart[] = [];
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
    return await this.#end({ type: 'project-ended', at, project, result: 'cancelled', durationMs: 0 });
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
    return await this.#end({ type: 'project-ended', at, project: claim.project, result: 'failed', durationMs: 0 });
  }

  async whole(run: Run): Promise<ProjectResult> {
    const { claim, makes } = this.#claimed;
    const { supervisor, now } = this.#place;
    this.#where = { store: supervisor.storeDirectory, run: run.id };
    let ended: Extract<ToldEvent, { type: 'project-ended' }> | undefined;
    const sharer = this.#claimed.sharesSteps ? new StepSharer(this.#claimed, this.#place, run.id) : undefined;
    const shipping = setInterval(() => {
      this.#log.ship().catch(() => undefined); // The next does it, or the end of the step.
    }, LOG_MS);
    const untold: ToldEvent[] = [];
    try {
      for await (const bunch of bunches(run.events(), GATHER_MS)) {
        for (const event of bunch) {
          if (event.type === 'run-started' && event.projects[0]?.isCurrent === true) {
            const { project } = claim;
            ended = { type: 'project-ended', at: event.at, project, result: 'built', durationMs: 0, isCurrent: true };
          }
          if (!isOfProject(event)) continue;
          const { run: _, seq: __, ...rest } = event;
          if (rest.type === 'project-ended') ended = rest;
          else if (rest.type === 'artifact-published') this.#published.push(rest);
          else untold.push(rest);
          await this.#follow(event, run.id);
          if (sharer !== undefined) share(event, sharer, claim);
        }
        // What comes last is told with the end.
        if (ended === undefined) await this.#tell(untold.splice(0));
      }
      await run.result;
    } finally {
      clearInterval(shipping);
      await sharer?.stop();
    }
    if (ended === undefined) throw new ClaimLost(); // It was not this project's end: the run was broken off.
    const made =
      ended.result === 'built' ? supervisor.artifactsOfRun(run.id).filter(({ name }) => makes.includes(name)) : [];
    for (const artifact of made) await this.#push(artifact); // Those that an earlier build has made.
    return await this.#end({ ...ended, at: now() }, { made, untold });
  }

  /** Does what has to be done before others hear of an event. */
  async #follow(event: BuildEvent, run: string): Promise<void> {
    const { supervisor, patience } = this.#place;
    if (event.type === 'step-started' || event.type === 'step-adopted') {
      const { project, step, attempt, attemptId } = event;
      const file = supervisor.logFile({ run, project, step, attempt });
      this.#log.begin({ attempt: attemptId, file, isNew: event.type === 'step-started' });
    } else if (event.type === 'step-ended') {
      const rest = await persistently(async () => await this.#log.rest(), patience);
      if (rest !== undefined) this.#logs.push(rest);
    } else if (event.type === 'artifact-published') {
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
    await this.#underClaim(async (queries) => await this.#record(queries, events));
    this.#logs = [];
    this.#where = undefined;
  }

  async #record(queries: Queries, events: readonly ToldEvent[]): Promise<void> {
    const { claim } = this.#claimed;
    for (const part of this.#logs) await recordLogPart(queries, claim.run, part);
    await recordEvents(queries, claim.run, events);
    if (this.#where !== undefined) await recordWhere(queries, claim, this.#where);
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

  /** The end, what comes right before it and all that follows from it are one. */
  async #end(
    ended: Extract<ToldEvent, { type: 'project-ended' }>,
    { made = [], untold = [] }: { readonly made?: readonly Made[]; readonly untold?: readonly ToldEvent[] } = {},
  ): Promise<ProjectResult> {
    const { queue, supervisor, worker } = this.#place;
    const { claim } = this.#claimed;
    const { at } = ended;
    const holdings = made.length === 0 ? undefined : holdingsOf(supervisor.artifacts.list());
    await this.#underClaim(async (queries, run) => {
      const published = await this.#register(queries, { made, at });
      // Before what takes it is ready, so that nobody else fetches it first.
      if (holdings !== undefined) await tellHoldings(queries, worker, holdings);
      await setEnded(queries, claim, ended.result);
      await this.#record(queries, [...untold, ...published, ended]);
      await advanceAfter(queries, { run, project: claim.project, result: ended.result }, { queue, now: at });
      // Where others were to take over and have not yet, the job is there still: it will be found done.
      await queue.complete(queries, claim.queue, { id: claim.job, retryCount: claim.attempt });
    });
    return ended.result;
  }

  /** A version of this store says nothing to others: they hear of that among all workers. */
  async #register(
    queries: Queries,
    { made, at }: { readonly made: readonly Made[]; readonly at: number },
  ): Promise<ToldEvent[]> {
    const { run } = this.#claimed.claim;
    const told = new Map(this.#published.map((event) => [event.artifact, event]));
    const digests = new Map([
      ...this.#published.map((each) => [each.artifact, each.digest] as const),
      ...made.map(({ name, digest }) => [name, digest] as const),
    ]);
    const events: ToldEvent[] = [];
    // In one order, as each name is held until the end.
    for (const [name, digest] of [...digests].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const registered = await registerArtifact(queries, { run, name, digest, at });
      const event = told.get(name) ?? (registered.isNew ? this.#publication(name, made) : undefined);
      if (event !== undefined) events.push({ ...event, ...registered });
    }
    return events;
  }

  /** Of what an earlier process of this worker has published, which it was killed before it could tell. */
  #publication(name: string, made: readonly Made[]): Published | undefined {
    const { supervisor, now } = this.#place;
    const version = made.find((each) => each.name === name)?.version;
    if (version === undefined) return undefined;
    const { madeBy, digest, files, sizeBytes } = supervisor.artifacts.show(`${name}@${version}`);
    const { project } = this.#claimed.claim;
    if (madeBy?.project !== project) return undefined;
    const { step } = madeBy;
    return {
      type: 'artifact-published',
      at: now(),
      project,
      step,
      artifact: name,
      version,
      digest,
      isNew: true,
      files,
      sizeBytes,
      dropped: [],
    };
  }
}

/** The place of a step in its project is in its id: `2-debootstrap`. */
function share(event: OfProject, sharer: StepSharer, { run }: Pick<Claim, 'run'>): void {
  // What was taken over from another worker of this run is shared.
  const isDone =
    event.type === 'step-ended'
      ? event.outcome.type === 'succeeded'
      : event.type === 'step-reused' && event.from !== run;
  if (isDone && 'step' in event) sharer.add(Number.parseInt(event.step, 10) - 1, event.step);
  // Of what comes behind a step that has failed nobody could take over all.
  if (event.type === 'step-ended' && event.next === 'continue') sharer.giveUp();
}

interface Made {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
}

type Published = Extract<ToldEvent, { type: 'artifact-published' }>;

type OfProject = Exclude<BuildEvent, { type: 'run-started' | 'run-ended' | 'step-progress' }>;

function isOfProject(event: BuildEvent): event is OfProject {
  return event.type !== 'run-started' && event.type !== 'run-ended' && event.type !== 'step-progress';
}

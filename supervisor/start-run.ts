import type { ActionSet } from '../actions/action-set.ts';
import { availableParallelism, hostname } from 'node:os';
import { ContractorError, diskRefusalOf } from '../errors.ts';
import type { ProjectFate } from '../machines/run-decision.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { ControlGroups } from '../sandbox/limits/control-groups.ts';
import type { Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { RunRecord } from '../store/records/runs.ts';
import type { TrustedAnswer } from './assess/assessment.ts';
import { OutsideWorld } from './assess/outside-world.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { refusesReuse } from './assess/refuses-reuse.ts';
import type { NewEvent, RunEnd } from './build-event.ts';
import { Flusher } from './flusher.ts';
import type { Clocks } from './clocks.ts';
import { continuation } from './continuation.ts';
import { continuedBy, endContinued } from './continue-runs.ts';
import { endLeftByHand } from './end-left-by-hand.ts';
import { isMadeByHand } from './failed-step.ts';
import { endLeftAttempts } from './end-left-attempts.ts';
import { artifactOf } from './artifact-of-run.ts';
import { forgetWhatIsLost } from './lost-trees.ts';
import { outlineOf } from './project-outline.ts';
import { elsewhereOf } from './placement/elsewhere.ts';
import { thisHost } from './placement/this-host.ts';
import { RunEvents } from './run-events.ts';
import { projectResults } from './run-records.ts';
import { cancelledBy } from './run-step.ts';
import type { RunBounds } from './run-bounds.ts';
import type { RunOptions } from './run-options.ts';
import type { RunWorld } from './run-world.ts';
import type { Sandbox } from './sandbox.ts';
import { unenforcedOf } from './strict-limits.ts';
import { unsignedSources } from './check-steps.ts';
import { sweepKeepers } from './sweep-keepers.ts';
import { ToldProgress } from './told-progress.ts';
import { turnOfOthers } from './turn.ts';
import { sweepLocks } from './sweep-locks.ts';
import { decisionFor, pausingOf } from './pausing.ts';
import type { BareRun } from './run.ts';
import type { BuildOptions, ResumeOptions } from './supervisor.ts';

/** What every run of a supervisor has. */
export interface RunHost extends RunBounds, Clocks {
  readonly store: Store;
  readonly actions: ActionSet;
  readonly sandbox: Sandbox;
  readonly idMap: IdMap;
  readonly groups: ControlGroups;
  readonly bootId: string;
  /** Aborted when the runs are to be left, for another process to go on with; absent: they never are. */
  readonly leaving?: AbortSignal;
  newId(): string;
}

/** What whoever begins a run knows already. */
export interface BegunWith {
  /** With what was asked for it. */
  readonly outside?: OutsideWorld;
  readonly checkpoint?: Checkpoint;
  /** Settles the projects that are up to date, until the signal is aborted; gives what is to be told of them. */
  readonly settle?: (signal: AbortSignal) => Promise<readonly NewEvent[]>;
}

export interface BegunRun {
  readonly id: string;
  readonly projects: readonly Project[];
  readonly resumed: boolean;
  /** Of a resumed run, in place of what its options have. */
  readonly allowedSources?: readonly string[];
}

/** How often a request of another process to cancel is looked for. */
const CANCEL_LOOK_MS = 300;

/** Owns a run and begins it, or goes on with it. @throws RUN_OWNED */
export function startRun(
  { id, projects, resumed, allowedSources }: BegunRun,
  host: RunHost,
  options: ResumeOptions & BegunWith,
): BareRun {
  const { store, now } = host;
  const claim = claimed(() => store.claimRun(id, { pid: process.pid, host: hostname(), since: now() }), id);
  if (claim.type === 'taken') throw runOwned(id, claim.owner);
  const events = new RunEvents({ run: id, store, now, told: new ToldProgress(store.paths, id) });
  const cancelled = new AbortController();
  const left = new AbortController();
  const { signal } = cancelled;
  // A run is cancelled or left, whichever comes first.
  const cancel = (by: unknown): void => {
    if (!left.signal.aborted) cancelled.abort(by);
  };
  const leave = (): void => {
    if (!signal.aborted) left.abort();
  };
  const lookForRequest = (): void => {
    try {
      const by = store.cancelRequested(id);
      if (by !== undefined) cancel(by);
    } catch {
      // A store that cannot be read breaks the run by itself, where somebody hears of it.
    }
  };
  const flusher = new Flusher({
    store,
    now: host.hostNow,
    sync: host.sandbox.syncFileSystems,
    behindMs: host.sandbox.flushBehindMs,
  });
  const over = new AbortController();
  const looking = setInterval(lookForRequest, CANCEL_LOOK_MS);
  const begin = async (): Promise<RunEnd> => {
    try {
      lookForRequest();
      onceAborted(options.signal, cancel, over.signal);
      onceAborted(host.leaving, leave, over.signal);
      sweepKeepers(host);
      host.sandbox.removeLeftControlGroups(host.groups);
      sweepLocks(store);
      if (allowedSources !== undefined && allowedSources.length > 0) {
        store.setRunOptions(id, { ...(storedRun(store, id).options as RunOptions), allowedSources });
      }
      const stored = storedRun(store, id);
      const continues = continuedBy(store, stored.continues);
      for (const run of continues) endContinued(store, run, host);
      const runOptions = stored.options as RunOptions;
      const { directory } = runOptions;
      const world: RunWorld = {
        ...host,
        run: id,
        leaving: left.signal,
        events,
        flusher,
        specDirectory: directory,
        continues,
        outside:
          options.outside ??
          new OutsideWorld(
            { ...host, idMap: () => host.idMap },
            {
              specDirectory: directory,
              offline: runOptions.offline === true,
              signal: AbortSignal.any([signal, left.signal]),
            },
          ),
        begunAt: stored.createdAt,
        refusesReuse: refusesReuse(runOptions),
        artifact: artifactOf(id, host),
        ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
        ...(await inspection(id, host, options.inspect)),
      };
      if (resumed) await endLeftByHand(id, world);
      if (signal.aborted) await endLeftAttempts(world, { type: 'cancelled', by: cancelledBy(signal) });
      else if (resumed) {
        // A machine that begins anew after a power cut may be long in coming to them.
        await endLeftAttempts(world, { type: 'interrupted' }, (attempt) => attempt.bootId !== host.bootId);
        await forgetWhatIsLost(world);
      }
      await turnOfOthers();
      const settled = (await options.settle?.(AbortSignal.any([signal, left.signal]))) ?? [];
      const result = await goThrough(stored, {
        projects,
        resumed,
        jobs: options.jobs,
        decide: options.decide,
        settled,
        trusted: options.outside?.trusted ?? [],
        signal,
        world,
      });
      // Whoever goes on with it may still take these over.
      for (const run of result === 'left' ? [] : continues) {
        const older = { ...world, run, events: new RunEvents({ run, store, now }) };
        await endLeftByHand(run, older);
        await endLeftAttempts(older, { type: 'cancelled', by: 'newer-build' });
      }
      host.sandbox.removeLeftControlGroups(host.groups);
      return result;
    } catch (error) {
      throw unfinished(error, id);
    } finally {
      clearInterval(looking);
      over.abort();
      flusher.stop();
      events.end();
      claim.release();
    }
  };
  const result = begin();
  result.catch(() => undefined); // whoever awaits it hears; nobody has to
  return { id, events: () => events.stream(), result, cancel: () => cancel('program') };
}

/** Calls `act` with the reason when `signal` is aborted, or was, as long as `until` is not. */
function onceAborted(signal: AbortSignal | undefined, act: (reason: unknown) => void, until: AbortSignal): void {
  if (signal?.aborted === true) act(signal.reason);
  else signal?.addEventListener('abort', () => act(signal.reason), { once: true, signal: until });
}

/** Loaded only where somebody looks into the machines. */
async function inspection(
  run: string,
  { now }: RunHost,
  tell: BuildOptions['inspect'],
): Promise<Pick<RunWorld, 'inspect'>> {
  if (tell === undefined) return {};
  const { inspectionOf } = await import('./inspection.ts');
  return { inspect: inspectionOf(run, { tell, now }) };
}

async function goThrough(
  stored: RunRecord,
  {
    projects,
    resumed,
    jobs = availableParallelism(),
    decide,
    settled,
    trusted,
    signal,
    world,
  }: {
    readonly projects: readonly Project[];
    readonly resumed: boolean;
    readonly jobs: number | undefined;
    readonly decide: ResumeOptions['decide'];
    readonly settled: readonly NewEvent[];
    readonly trusted: readonly TrustedAnswer[];
    readonly signal: AbortSignal;
    readonly world: RunWorld;
  },
): Promise<RunEnd> {
  const { run, store, events } = world;
  const results = projectResults(store, run);
  const stepsDone = store.stepsDone(run);
  const unenforced = unenforcedOf(projects, world);
  const unsigned = unsignedSources(projects, world.actions);
  const elsewhere = elsewhereOf(projects, thisHost());
  const { allowedSources = [], retryOf } = stored.options as RunOptions;
  const records = resumed ? store.getProjects(run) : [];
  // What was to be decided of these has been, by whoever made the step.
  const byHand = new Set(records.filter((each) => isMadeByHand(store, run, each)).map(({ name }) => name));
  const decided = decisionFor(decide);
  events.commit((record) => {
    record({
      type: 'run-started',
      specName: stored.specName,
      resumed,
      ...continuation(stored, { projects, resumed, world }),
      ...(retryOf === undefined ? {} : { retryOf }),
      ...(unenforced.length === 0 ? {} : { unenforced }),
      ...(unsigned.length === 0 ? {} : { unsigned }),
      ...(elsewhere.length === 0 ? {} : { elsewhere }),
      ...(allowedSources.length === 0 ? {} : { allowedSources }),
      ...(trusted.length === 0 ? {} : { trusted }),
      projects: projects.map((project) => {
        const { name } = project;
        return outlineOf(project, {
          result: results.get(name),
          stepsDone: stepsDone.get(name) ?? 0,
          isCurrent: !resumed,
        });
      }),
    });
    for (const event of settled) record(event);
  });
  await turnOfOthers();
  const { superviseRun } = await import('./supervise-run.ts'); // brings XState
  return await superviseRun(
    {
      projects,
      jobs,
      keepGoing: (stored.options as RunOptions).keepGoing === true,
      fates: fatesOf(results),
      begun: records.filter(({ name, state }) => state !== 'pending' && !results.has(name)).map(({ name }) => name),
      // A cancelled project gets another chance: its machine begins anew, and finds its steps recorded.
      saves: new Map(records.filter(({ state }) => state !== 'cancelled').map(({ name, save }) => [name, save])),
      signal,
      startedAt: stored.createdAt,
      pausing: ({ name }) => pausingOf((stored.options as RunOptions).pausing, name),
      decision: (project) => (byHand.has(project) ? { type: 'GO_ON' } : decided(project)),
    },
    world,
  );
}

function claimed<Claim>(claim: () => Claim, id: string): Claim {
  try {
    return claim();
  } catch (error) {
    throw unfinished(error, id);
  }
}

/** What broke a run; when the user can mend the store, with what to do then. */
function unfinished(error: unknown, run: string): unknown {
  const refusal = error instanceof ContractorError ? error : diskRefusalOf(error);
  if (refusal?.code !== 'STORE_UNUSABLE') return refusal ?? error;
  const { code, message, mend } = refusal;
  return new ContractorError(code, message, `${mend} Then go on with \`contractor resume ${run}\`.`, { cause: error });
}

function storedRun(store: Store, id: string): RunRecord {
  const stored = store.getRun(id);
  if (stored === undefined) throw new Error(`run ${id} was just claimed`);
  return stored;
}

export function runOwned(id: string, owner: { pid: number; host: string; since: number } | null): ContractorError {
  const by =
    owner === null
      ? 'another process'
      : `process ${owner.pid} on ${owner.host} since ${new Date(owner.since).toISOString()}`;
  return new ContractorError(
    'RUN_OWNED',
    `Run \`${id}\` is being built by ${by}.`,
    `Follow it with \`contractor logs -f ${id}\`, or end it with \`contractor cancel ${id}\`.`,
  );
}

/** What is settled when a run is resumed. Skipped and cancelled projects get another chance. */
function fatesOf(results: ReadonlyMap<string, string>): Record<string, ProjectFate> {
  return Object.fromEntries(
    [...results].flatMap(([name, end]) => (end === 'built' || end === 'failed' ? [[name, { end }] as const] : [])),
  );
}

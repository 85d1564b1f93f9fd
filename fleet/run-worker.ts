import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../errors.ts';
import type { HostTraits } from '../index.ts';
import { buildClaimed, endLeftovers } from './build-claimed.ts';
import { ClaimLost, claimProject, ownClaims } from './claim.ts';
import type { ClaimedProject } from './claim.ts';
import { isAway } from './database.ts';
import type { Database } from './database.ts';
import { assertUsable } from './migrate.ts';
import { persistently } from './persistently.ts';
import { holdingsOf, tellHoldings } from './placement/holdings.ts';
import { whatToTake } from './placement/what-to-take.ts';
import { announceWorker, dismissWorker } from './placement/workers.ts';
import { HEARTBEAT_S } from './pulse.ts';
import type { WorkPlace } from './work-place.ts';

/** What a worker tells of its own. */
export type WorkerNews =
  | { readonly type: 'began' | 'lost'; readonly run: string; readonly project: string }
  | { readonly type: 'ended'; readonly run: string; readonly project: string; readonly result: string }
  | { readonly type: 'away' | 'back'; readonly what: 'database' | 'place' };

/** What a worker is told. */
export interface WorkerOptions extends WorkPlace {
  /** Which process of it: never the same again. */
  readonly holder: string;
  readonly jobs: number;
  /** What it is: projects that ask for something else are for others. */
  readonly traits: HostTraits;
  /** Aborted: no other project is begun, and the worker ends with those that it has. */
  readonly draining: AbortSignal;
  readonly tell: (news: WorkerNews) => void;
}

/** How often it asks for projects when there are none. */
const ASK_MS = 500;
/** Three may be lost before others take over. */
const TOUCH_MS = (HEARTBEAT_S * 1000) / 4;
const RECOVER_MS = 3000;

/** Builds projects of the queue until it is drained. @throws ContractorError where this worker cannot go on */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { database, queue, worker, holder, jobs, traits, draining, now, tell, supervisor } = options;
  const onChange = (what: 'database' | 'place', isGone: boolean): void =>
    tell({ type: isGone ? 'away' : 'back', what });
  const patience = { ...options.patience, onChange };
  const place = { database, queue, worker, holder, now };
  const stopping = new AbortController();
  const over = AbortSignal.any([draining, stopping.signal]);
  const running = new Map<string, Promise<void>>();
  let broken: Error | undefined;
  const stop = (error: unknown): void => {
    broken ??= error instanceof Error ? error : new Error(String(error));
    stopping.abort('program');
  };
  const start = (claimed: ClaimedProject): void => {
    const key = JSON.stringify([claimed.claim.run, claimed.claim.project]);
    // Of a project that was lost and is given back to this very worker, the end of the first build is waited for.
    const before = running.get(key) ?? Promise.resolve();
    const work = before
      .then(async () => await buildOne(claimed, { ...options, patience, stopping: stopping.signal }))
      .catch(stop)
      .finally(() => {
        if (running.get(key) === work) running.delete(key);
      });
    running.set(key, work);
  };
  const own = await persistently(async () => await ownClaims(place), { ...patience, signal: over });
  await endLeftovers(own, supervisor);
  for (const claimed of own) start(claimed);
  let recoverAt = 0;
  let turn = 0;
  const look = async (): Promise<void> => {
    if (performance.now() >= recoverAt) {
      recoverAt = performance.now() + RECOVER_MS;
      await assertUsable(database);
      await announceWorker(database, { name: worker, traits, jobs });
      await tellHoldings(database, worker, holdingsOf(supervisor.artifacts.list()));
      await queue.recover();
    }
    if (jobs - running.size <= 0 || over.aborted) return;
    turn += 1;
    const { artifacts } = supervisor;
    for (const offer of await whatToTake({ database, worker, traits, turn, artifacts })) {
      for (const passedOver of offer.rounds) {
        const free = jobs - running.size;
        if (free <= 0 || over.aborted) return;
        for (const job of await queue.fetch(offer.queue, free, passedOver)) {
          const claimed = await claimProject(job, { ...place, queueName: offer.queue });
          if (claimed !== undefined) start(claimed);
        }
      }
    }
  };
  while (!over.aborted) {
    try {
      // With nothing to hold, there is nothing to give up either; what is built gives up by itself.
      await persistently(look, { ...patience, giveUpAfterMs: Infinity, signal: over });
    } catch (error) {
      if (!over.aborted) stop(error);
      break;
    }
    const pause = wait(ASK_MS, undefined, { signal: over }).catch(() => undefined);
    await Promise.race([pause, ...running.values()]);
  }
  // One that is away hears by itself that this worker is silent.
  await dismissWorker(database, worker).catch(() => undefined);
  while (running.size > 0) await Promise.all(running.values());
  if (broken !== undefined) throw (await refusalOf(database)) ?? broken;
}

/** What a newer program has made of the database, if it is that: it says more than how the database answers since. */
async function refusalOf(database: Database): Promise<ContractorError | undefined> {
  try {
    await assertUsable(database);
    return undefined;
  } catch (error) {
    return error instanceof ContractorError ? error : undefined;
  }
}

/** Builds a project as long as the claim to it holds, and lets others know that this worker lives. */
async function buildOne(
  claimed: ClaimedProject,
  options: WorkerOptions & { readonly stopping: AbortSignal },
): Promise<void> {
  const { queue, database, tell, stopping } = options;
  const { claim } = claimed;
  const { run, project } = claim;
  const lost = new AbortController();
  const cancelled = new AbortController();
  if (claimed.isCancelled) cancelled.abort('request');
  const touch = async (): Promise<void> => {
    try {
      if (!(await queue.touch(claim.queue, { id: claim.job, retryCount: claim.attempt }))) lost.abort('program');
      const [row] = await database.query(
        'select 1 from contractor.runs where id = $1 and cancel_requested_at is not null',
        [run],
      );
      if (row !== undefined) cancelled.abort('request');
    } catch (error) {
      if (!isAway(error)) lost.abort('program');
    }
  };
  let touching: Promise<void> | undefined;
  const timer = setInterval(() => {
    touching ??= touch().finally(() => (touching = undefined));
  }, TOUCH_MS);
  tell({ type: 'began', run, project });
  try {
    const abandoned = AbortSignal.any([lost.signal, stopping]);
    const patience = { ...options.patience, signal: abandoned };
    const result = await buildClaimed(claimed, { cancelled: cancelled.signal, abandoned }, { ...options, patience });
    tell({ type: 'ended', run, project, result });
  } catch (error) {
    if (!(error instanceof ClaimLost) && !lost.signal.aborted && !stopping.aborted) throw error;
    tell({ type: 'lost', run, project });
  } finally {
    clearInterval(timer);
    await touching;
  }
}

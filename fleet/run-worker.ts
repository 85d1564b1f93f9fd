import { setTimeout as wait } from 'node:timers/promises';
import { buildClaimed } from './build-claimed.ts';
import type { WorkPlace } from './build-claimed.ts';
import { ClaimLost, claimProject, ownClaims } from './claim.ts';
import type { ClaimedProject } from './claim.ts';
import { isAway } from './database.ts';
import { QUEUE } from './open-fleet.ts';
import { persistently } from './persistently.ts';
import { HEARTBEAT_S } from './queue.ts';

/** What a worker tells of its own. */
export type WorkerNews =
  | { readonly type: 'began' | 'lost'; readonly run: string; readonly project: string }
  | { readonly type: 'ended'; readonly run: string; readonly project: string; readonly result: string }
  | { readonly type: 'database-away' | 'database-back' };

/** What a worker is told. */
export interface WorkerOptions extends WorkPlace {
  /** Which worker this is, also after it was started again. */
  readonly worker: string;
  readonly jobs: number;
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
  const { database, queue, worker, jobs, draining, now, tell } = options;
  let recoverAt = 0;
  const onChange = (isAway: boolean): void => {
    tell({ type: isAway ? 'database-away' : 'database-back' });
    // Nobody could say that it lives: all get the time to say so before any is taken to be lost.
    if (!isAway) recoverAt = now() + HEARTBEAT_S * 1000;
  };
  const patience = { ...options.patience, onChange };
  const place = { database, queue, queueName: QUEUE, worker, now };
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let broken: Error | undefined;
  const start = (claimed: ClaimedProject): void => {
    const work = buildOne(claimed, { ...options, stopping: stopping.signal }).catch((error: unknown) => {
      broken ??= error instanceof Error ? error : new Error(String(error));
      stopping.abort('program');
    });
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  for (const claimed of await persistently(async () => await ownClaims(place), patience)) start(claimed);
  const isOver = (): boolean => draining.aborted || stopping.signal.aborted;
  while (!isOver()) {
    const free = jobs - running.size;
    try {
      await persistently(
        async () => {
          if (now() >= recoverAt) {
            recoverAt = now() + RECOVER_MS;
            await queue.recover();
          }
          if (free <= 0 || isOver()) return;
          for (const job of await queue.fetch(QUEUE, free)) {
            const claimed = await claimProject(job, place);
            if (claimed !== undefined) start(claimed);
          }
        },
        // With nothing to hold, there is nothing to give up either; what is built gives up by itself.
        { ...patience, giveUpAfterMs: Infinity, signal: AbortSignal.any([draining, stopping.signal]) },
      );
    } catch (error) {
      if (isOver()) break;
      broken ??= error instanceof Error ? error : new Error(String(error));
      stopping.abort('program');
      break;
    }
    const pause = wait(ASK_MS, undefined, { signal: AbortSignal.any([draining, stopping.signal]) });
    await Promise.race([pause.catch(() => undefined), ...(running.size >= jobs ? [] : running)]);
  }
  await Promise.all(running);
  if (broken !== undefined) throw broken;
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

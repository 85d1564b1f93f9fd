import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from '../errors.ts';
import type { RunResult } from '../index.ts';
import { setEnded } from './claim.ts';
import type { Fleet } from './open-fleet.ts';
import { findRun } from './read-runs.ts';
import { advanceRun, lockRun, recordEvents } from './records.ts';

const LOOK_MS = 200;

/** Asks for the end of a run: what waits is skipped at once, what runs is ended by its workers. */
export async function requestCancel({ database, queue }: Fleet, id: string, now: number): Promise<void> {
  await database.transaction(async (queries) => {
    const run = await lockRun(queries, id);
    if (run === undefined || run.result !== null) return;
    await queries.query(
      'update contractor.runs set cancel_requested_at = coalesce(cancel_requested_at, $2) where id = $1',
      [id, now],
    );
    await advanceRun(queries, { ...run, isCancelled: true }, { queue, now });
  });
}

/** Cancels a run and waits until it has ended, also where none of its workers lives any more. @throws RUN_UNKNOWN, RUN_ENDED */
export async function cancelRun(
  fleet: Fleet,
  idOrPrefix: string | undefined,
  now: () => number,
): Promise<{ readonly id: string; readonly result: RunResult }> {
  const { database, queue } = fleet;
  const { id, state } = await findRun(database, idOrPrefix, { unended: idOrPrefix === undefined });
  if (state !== 'running') {
    throw new ContractorError(
      'RUN_ENDED',
      `Run \`${id}\` has ended: ${state}.`,
      'Start another with `contractor build`.',
    );
  }
  await requestCancel(fleet, id, now());
  for (;;) {
    const [row] = await database.query<{ result: RunResult | null }>(
      'select result from contractor.runs where id = $1',
      [id],
    );
    if (row?.result !== undefined && row.result !== null) return { id, result: row.result };
    await queue.recover();
    await endAbandoned(fleet, id, now());
    await wait(LOOK_MS);
  }
}

/** Ends the projects that a lost worker had: the queue has their jobs back, and nobody has taken them yet. */
async function endAbandoned({ database, queue }: Fleet, id: string, now: number): Promise<void> {
  await database.transaction(async (queries) => {
    const run = await lockRun(queries, id);
    if (run === undefined || run.result !== null) return;
    const running = await queries.query<{ name: string; queue: string; job: string }>(
      `select name, queue, job from contractor.projects where run = $1 and state = 'running'`,
      [id],
    );
    for (const { name, queue: queueName, job } of running) {
      if (!(await queue.isGivenBack(queueName, job))) continue;
      await queue.cancel(queries, queueName, [job]);
      await setEnded(queries, { run: id, project: name }, 'cancelled');
      await recordEvents(queries, id, [
        { type: 'project-ended', at: now, project: name, result: 'cancelled', durationMs: 0 },
      ]);
    }
    await advanceRun(queries, run, { queue, now });
  });
}

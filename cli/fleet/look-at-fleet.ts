import type { BuildEvent, RunDetails, RunSummary } from '../../index.ts';

/** The newest runs that workers share. */
export async function runsOfFleet(url: string, limit: number): Promise<readonly RunSummary[]> {
  const [{ withFleet }, { listRuns }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/read-runs.ts'),
  ]);
  return await withFleet(url, async ({ database }) => await listRuns(database, limit));
}

/** One run with all that has been told of it; by default the newest. */
export async function runOfFleet(
  url: string,
  id: string | undefined,
): Promise<{
  readonly run: RunDetails;
  readonly events: readonly BuildEvent[];
  readonly name: string;
  readonly unplaced: readonly string[];
}> {
  const [{ withFleet }, { findRun, allEvents, runDetails }, { unplacedOfRun }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/read-runs.ts'),
    import('../../fleet/placement/unplaced.ts'),
  ]);
  return await withFleet(url, async ({ database }) => {
    const summary = await findRun(database, id);
    const events = await allEvents(database, summary.id);
    const unplaced = await unplacedOfRun(database, summary.id);
    return { run: runDetails(summary, events), events, name: database.name, unplaced };
  });
}

/** Cancels a run and waits for its end; by default the newest that has not ended. */
export async function cancelOnFleet(
  url: string,
  id: string | undefined,
  now: () => number,
): Promise<{ readonly id: string; readonly result: string }> {
  const [{ withFleet }, { cancelRun }] = await Promise.all([
    import('../../fleet/open-fleet.ts'),
    import('../../fleet/cancel-run.ts'),
  ]);
  return await withFleet(url, async (fleet) => await cancelRun(fleet, id, now));
}

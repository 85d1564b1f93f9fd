import { openStore } from '../../store/open-store.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { leaksOf } from './check-leaks.ts';
import { faultsOfRecords } from './check-records.ts';
import type { Dice } from './dice.ts';
import { differences, resultOfRun } from './result-of-run.ts';
import type { RunResult } from './result-of-run.ts';
import { ARTIFACTS } from './specification.ts';
import type { Tally } from './tally.ts';

/**
 * Compares a run that is done with the one that nobody disturbed, and looks for what it left. Of its artifacts
 * it verifies some, as dice fall, and takes these away, so that the next run makes them again.
 */
export async function checkRun(
  run: string,
  {
    store,
    top,
    reference,
    wasKilled,
    thrown,
    tally,
  }: {
    readonly store: string;
    readonly top: string;
    readonly reference: RunResult;
    /** Whether the process that recorded the end of the run was killed after that. */
    readonly wasKilled: boolean;
    readonly thrown: Dice;
    readonly tally: Tally;
  },
): Promise<void> {
  const records = openStore(store);
  try {
    tally.add('runs');
    const note = (violations: readonly string[], count?: 'doubles' | 'leaks'): void => {
      for (const violation of violations) {
        tally.violations.push(`run ${run}: ${violation}`);
        if (count !== undefined) tally.add(count);
      }
    };
    note(differences(resultOfRun(records, run), reference), 'doubles');
    note(faultsOfRecords(records, run));
    note(await leaksOf(records, { top, killedRun: wasKilled ? run : undefined }), 'leaks');
  } finally {
    records.close();
  }
  if (tally.violations.length > 0) return;
  const { artifacts, close } = createSupervisor({ store });
  for (const name of ARTIFACTS.filter(() => thrown.happens(40))) {
    const { ok, problems } = await artifacts.verify(name);
    if (!ok) tally.violations.push(`run ${run}: the files of ${name} are damaged: ${JSON.stringify(problems)}`);
    await artifacts.remove(name);
  }
  await close();
}

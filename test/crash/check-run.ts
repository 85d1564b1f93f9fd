import { openStore } from '../../store/open-store.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { leaksOf } from './check-leaks.ts';
import { faultsOfRecords } from './check-records.ts';
import type { Dice } from './dice.ts';
import type { Power } from './power-cut.ts';
import { differences, resultOfRun } from './result-of-run.ts';
import type { RunResult } from './result-of-run.ts';
import type { Tally } from './tally.ts';

/** What removes what is old leaves the newest version. */
function hasNewer(promised: string, there: ReadonlySet<string>): boolean {
  const [name, version] = promised.split('@');
  return [...there].some((each) => each.startsWith(`${name}@`) && Number(each.split('@')[1]) > Number(version));
}

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
    power,
    promised,
    thrown,
    tally,
  }: {
    readonly store: string;
    readonly top: string;
    readonly reference: RunResult;
    /** Whether the process that recorded the end of the run was killed after that. */
    readonly wasKilled: boolean;
    readonly power: Power;
    /** Of artifacts that were told to be there, `name@version`. */
    readonly promised: Set<string>;
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
    note(differences(resultOfRun(records, run, power.cuts), reference), 'doubles');
    note(faultsOfRecords(records, run, power.cuts));
    note(await leaksOf(records, { top, killedRun: wasKilled ? run : undefined }), 'leaks');
  } finally {
    records.close();
  }
  if (tally.violations.length > 0) return;
  // Under another boot id it would be a power cut.
  const supervisor = createSupervisor({ store, ...power.boot });
  const { artifacts } = supervisor;
  const there = new Set(artifacts.list().map(({ name, version }) => `${name}@${version}`));
  for (const name of promised) {
    if (!there.has(name) && !hasNewer(name, there))
      tally.violations.push(`run ${run}: ${name} was told to be built and is not there`);
  }
  const findings = power.cuts > 0 ? await supervisor.checkStore() : [];
  for (const { name, state, found } of findings) {
    if (state !== 'ok') tally.violations.push(`run ${run}: the store is damaged: ${name}: ${found}`);
  }
  const made = reference.artifacts.map((artifact) => artifact.split(' ')[0]!);
  for (const name of made.filter(() => thrown.happens(40))) {
    if (tally.violations.length > 0) break;
    // After a power cut the check of the store has read them all.
    const { ok, problems } = power.cuts > 0 ? { ok: true, problems: [] } : await artifacts.verify(name);
    if (!ok) tally.violations.push(`run ${run}: the files of ${name} are damaged: ${JSON.stringify(problems)}`);
    promised.delete(`${name}@${artifacts.show(name).version}`);
    await artifacts.remove(name);
  }
  await supervisor.close();
}

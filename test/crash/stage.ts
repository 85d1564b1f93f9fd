import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../store/open-store.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { makeTinySystem } from '../supervisor/test-store.ts';
import { dice } from './dice.ts';
import { live } from './life.ts';
import { SPEC_FILE } from './life-order.ts';
import { resultOfRun } from './result-of-run.ts';
import type { RunResult } from './result-of-run.ts';
import { crashProjects, SOURCE } from './specification.ts';
import { Tally } from './tally.ts';

/** The directory of the specification, with what it copies. Gives its path. */
export function makeWork(top: string): string {
  const work = join(top, 'work');
  mkdirSync(join(work, SOURCE, 'files'), { recursive: true });
  writeFileSync(join(work, SOURCE, 'token.0'), 'it is moved on and on\n');
  for (let n = 0; n < 20; n++) writeFileSync(join(work, SOURCE, 'files', `file-${n}`), `${n}\n`.repeat(n));
  writeFileSync(join(work, SPEC_FILE), JSON.stringify({ projects: crashProjects(`${top}/`) }));
  makeTinySystem(join(top, 'tiny'));
  return work;
}

/** A new store that has the system tree. Gives its path. */
export async function makeStore(top: string, name: string): Promise<string> {
  const store = join(top, name);
  const supervisor = createSupervisor({ store });
  await supervisor.artifacts.importFrom('tiny', join(top, 'tiny'));
  await supervisor.close();
  return store;
}

/** What a life makes that nobody disturbs. It also warms the compile cache, which killed ones never write. */
export async function makeReference(top: string, work: string, program: string): Promise<RunResult> {
  const store = await makeStore(top, 'reference');
  const undisturbed = { order: { store, work }, plan: { blows: [] }, top, program };
  const end = await live(undisturbed, { dice: dice(0, 0), tally: new Tally() });
  const records = openStore(store);
  const reference = resultOfRun(records, records.listRuns(1)[0]?.id ?? '');
  records.close();
  if (end.type === 'done') return reference;
  const failed = Object.entries(reference.steps).filter(([, ends]) => ends.at(-1)?.includes('succeeded') !== true);
  throw new Error(`the run that nobody disturbed is ${end.type}: ${end.words}: ${JSON.stringify(failed)}`);
}

/** The newest run of a store, by its records alone. */
export function newestRun(store: string): { readonly id: string; readonly ended: boolean } | undefined {
  const records = openStore(store);
  try {
    const [newest] = records.listRuns(1);
    return newest === undefined ? undefined : { id: newest.id, ended: newest.ended !== null };
  } finally {
    records.close();
  }
}

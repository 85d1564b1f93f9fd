import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { findIdMap } from '../../sandbox/id-map.ts';
import { runInIdMap } from '../../sandbox/run-in-id-map.ts';
import { openStore } from '../../store/open-store.ts';
import { createSupervisor } from '../../supervisor/create-supervisor.ts';
import { makeTinySystem } from '../supervisor/test-store.ts';
import { bundled } from './bundled.ts';
import type { Bundled } from './bundled.ts';
import { dice } from './dice.ts';
import { live } from './life.ts';
import { SPEC_FILES } from './life-order.ts';
import type { SpecFile } from './life-order.ts';
import { resultOfRun } from './result-of-run.ts';
import type { RunResult } from './result-of-run.ts';
import { crashProjects, shortProjects, SOURCE } from './specification.ts';
import { Tally } from './tally.ts';

/** The directory of the specifications, with what they copy. Gives its path. */
function makeWork(top: string): string {
  const work = join(top, 'work');
  mkdirSync(join(work, SOURCE, 'files'), { recursive: true });
  writeFileSync(join(work, SOURCE, 'token.0'), 'it is moved on and on\n');
  for (let n = 0; n < 20; n++) writeFileSync(join(work, SOURCE, 'files', `file-${n}`), `${n}\n`.repeat(n));
  const projects = { 'crash.json': crashProjects(`${top}/`), 'short.json': shortProjects(`${top}/`) };
  for (const file of SPEC_FILES) writeFileSync(join(work, file), JSON.stringify({ projects: projects[file] }));
  makeTinySystem(join(top, 'tiny'));
  return work;
}

/** What all series of kills share. */
export interface Stage {
  /** Named by every process that has to do with them, and by nobody else. */
  readonly top: string;
  /** The directory of the specifications. */
  readonly work: string;
  readonly programs: Bundled;
  /** What a life makes of each specification that nobody disturbs. */
  readonly references: Readonly<Record<SpecFile, RunResult>>;
}

/** Sets the stage below `directory`, and lets one life of each specification go by without a blow. */
export async function makeStage(directory: string): Promise<Stage> {
  const top = realpathSync(mkdtempSync(join(directory, 'contractor-crash-')));
  chmodSync(top, 0o755); // The worker for trees is loaded as an id that is nobody.
  const programs = await bundled(join(top, 'programs'));
  const work = makeWork(top);
  const place = join(top, 'reference');
  mkdirSync(place);
  const store = await makeStore(place, top);
  const references = {
    'crash.json': await referenceIn(store, 'crash.json', { top, work, programs }),
    'short.json': await referenceIn(store, 'short.json', { top, work, programs }),
  };
  await removeStore(store);
  return { top, work, programs, references };
}

/** Removes all that was worked in: the stores that are left, and the stage. */
export async function removeStage({ top }: Stage): Promise<void> {
  for (const name of readdirSync(top)) {
    const store = join(top, name, 'store');
    if (existsSync(join(store, 'trees'))) await removeStore(store);
  }
  rmSync(top, { recursive: true, force: true });
}

/** A new store in `place` that has the system tree. Gives its path. */
export async function makeStore(place: string, top: string): Promise<string> {
  const store = join(place, 'store');
  const supervisor = createSupervisor({ store });
  await supervisor.artifacts.importFrom('tiny', join(top, 'tiny'));
  await supervisor.close();
  return store;
}

/** Removes a store and what lies beside it. */
export async function removeStore(store: string): Promise<void> {
  const command = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
  await runInIdMap({ trees: join(store, 'trees'), idMap: findIdMap(), command });
  rmSync(dirname(store), { recursive: true, force: true });
}

/** It also warms the compile cache, which killed lives never write. */
async function referenceIn(
  store: string,
  spec: SpecFile,
  { top, work, programs }: Pick<Stage, 'top' | 'work' | 'programs'>,
): Promise<RunResult> {
  const undisturbed = { order: { store, work, spec }, plan: { blows: [] }, top, program: programs.life };
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

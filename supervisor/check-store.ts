import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { Store } from '../store/open-store.ts';
import type { ListedArtifact } from '../store/records/artifacts.ts';
import { storePaths } from '../store/store-paths.ts';
import { forgetArtifact } from './lost-trees.ts';
import { runTreeJob } from './tree-worker.ts';
import { verifyArtifact } from './verify-artifact.ts';
import { verifyProvenance } from './verify-provenance.ts';

/** What was found of one part of the store. */
export interface StoreFinding {
  /** `database`, `layers`, `artifacts`, `leftovers`, or what is damaged: `hello@3`, `layer k3x9`. */
  readonly name: string;
  /** `mended`: it was damaged, and what is damaged is gone now. */
  readonly state: 'ok' | 'damaged' | 'mended';
  readonly found: string;
  /** What follows from it, when it is not ok. */
  readonly consequence?: string;
  /** What to do about it, when it is damaged. */
  readonly mend?: string;
}

/** Whether a store is mended as it is read, and who hears how far that is. */
export interface CheckStoreOptions {
  /** Takes damaged artifacts and lost layers out of the store, so that the next build makes them anew. */
  readonly mend?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

interface CheckWorld {
  readonly store: Store;
  readonly idMap: () => IdMap;
  readonly now: () => number;
}

const MEND = 'Have it forgotten with `contractor doctor --store --mend`, then build again.';

/** Reads all of the store in `directory`: the database, and every layer and artifact that it names. */
export async function checkStore(
  options: CheckStoreOptions,
  { directory, open, ...world }: Omit<CheckWorld, 'store'> & { readonly directory: string; readonly open: () => Store },
): Promise<StoreFinding[]> {
  const { database, trees } = storePaths(directory);
  // Looking makes no store.
  if (!existsSync(database) && !existsSync(trees)) {
    return [{ name: 'database', state: 'ok', found: `there is no store in ${directory} yet` }];
  }
  try {
    return await findings(options, { ...world, store: open() });
  } catch (error) {
    if (!(error instanceof ContractorError) || error.code !== 'STORE_DAMAGED') throw error;
    return [{ name: 'database', state: 'damaged', found: error.message, mend: error.mend }];
  }
}

async function findings(options: CheckStoreOptions, world: CheckWorld): Promise<StoreFinding[]> {
  const database = databaseFindings(world.store, options);
  // Records that cannot be trusted say nothing of the trees.
  if (database.some(({ state }) => state !== 'ok')) return database;
  return [
    ...database,
    ...layerFindings(world.store, options),
    ...(await artifactFindings(options, world)),
    ...provenanceFindings(world.store, options),
    leftoverFinding(world.store),
  ];
}

function databaseFindings(store: Store, { onProgress }: CheckStoreOptions): StoreFinding[] {
  onProgress?.({ label: 'the database' });
  const problems = store.databaseProblems();
  if (problems.length === 0)
    return [{ name: 'database', state: 'ok', found: `every page of ${store.paths.database} is whole` }];
  return [
    {
      name: 'database',
      state: 'damaged',
      found: `SQLite finds ${store.paths.database} damaged: ${problems.slice(0, 5).join('; ')}`,
      consequence: 'What it records cannot be trusted.',
      mend: 'Put the store back from a copy, or begin a new one with `--store DIR`; `contractor artifact export` may save what can still be read.',
    },
  ];
}

function layerFindings(store: Store, { mend }: CheckStoreOptions): StoreFinding[] {
  const { trees } = store.paths;
  const named = store.namedTrees().layers;
  const lost = named.filter((id) => !existsSync(join(trees, 'layers', id)));
  const all = { name: 'layers', found: `${named.length - lost.length} of ${named.length} are there` };
  if (lost.length === 0) return [{ ...all, state: 'ok' }];
  return lost.map((id): StoreFinding => {
    const name = `layer ${id}`;
    const found = `it is not in ${join(trees, 'layers')}`;
    const attempt = store.getAttempt(store.getLayer(id)?.attempt ?? '');
    const run = attempt === undefined ? undefined : store.getRun(attempt.run);
    const isNeeded =
      run !== undefined &&
      run.ended === null &&
      store.getProjects(run.id).some((each) => each.name === attempt?.project && !/^(built|failed)$/.test(each.state));
    if (isNeeded) {
      const consequence = `The step ${attempt?.project}/${attempt?.step} of run \`${run.id}\` made it, which has not ended.`;
      return {
        name,
        state: 'damaged',
        found,
        consequence,
        mend: `Go on with \`contractor resume ${run.id}\`: what made it is run again.`,
      };
    }
    const consequence = 'Nothing needs it now, but no later build can take it over.';
    if (mend !== true) return { name, state: 'damaged', found, consequence, mend: MEND };
    store.forgetLayer(id);
    return { name, state: 'mended', found, consequence };
  });
}

async function artifactFindings({ mend, onProgress }: CheckStoreOptions, world: CheckWorld): Promise<StoreFinding[]> {
  const { store, now } = world;
  const place = () => ({ trees: store.paths.trees, idMap: world.idMap() });
  const trees = [...Map.groupBy(store.listArtifacts(), ({ name, digest }) => `${name} ${digest}`).values()];
  const findings: StoreFinding[] = [];
  for (const [index, versions] of trees.entries()) {
    const [artifact] = versions;
    if (artifact === undefined) continue;
    const name = versions.map(({ version }) => `${artifact.name}@${version}`).join(', ');
    const counted = { done: index, total: trees.length };
    const { ok, problems, problemCount } = await verifyArtifact(artifact, place(), ({ label }) =>
      onProgress?.({ label: `${name}: ${label}`, ...counted }),
    );
    if (ok) continue;
    const [first] = problems;
    const found = `${first?.path === '' ? '' : `${first?.path}: `}${first?.problem}${problemCount > 1 ? `, and ${problemCount - 1} more` : ''}`;
    const consequence = 'It is not as it was made.';
    const builder = liveUser(artifact, store);
    if (mend !== true || builder !== undefined) {
      const wait = builder === undefined ? '' : `Wait until run \`${builder}\` has ended, or cancel it. `;
      findings.push({ name, state: 'damaged', found, consequence, mend: `${wait}${MEND}` });
      continue;
    }
    forgetArtifact(store, artifact, now());
    await runTreeJob({ type: 'remove', path: `artifacts/${artifact.name}/${artifact.digest}` }, place());
    findings.push({ name, state: 'mended', found, consequence });
  }
  const all: StoreFinding = {
    name: 'artifacts',
    state: 'ok',
    found: `${trees.length - findings.length} of ${trees.length} are as they were made`,
  };
  return findings.length === 0 ? [all] : findings;
}

/** Whether what is recorded of how artifacts came about, receipts and all, is as it was recorded. */
function provenanceFindings(store: Store, { mend, onProgress }: CheckStoreOptions): StoreFinding[] {
  onProgress?.({ label: 'how artifacts came about' });
  const checked = store.listArtifacts().map((artifact) => ({ artifact, ...verifyProvenance(store, artifact) }));
  const recorded = checked.filter(({ state }) => state !== 'none');
  const damaged = recorded.filter(({ state }) => state === 'damaged');
  if (damaged.length === 0) {
    const without = checked.length - recorded.length;
    const found = `${recorded.length} of ${recorded.length} statements are as they were recorded${without === 0 ? '' : `; ${without} imported or older artifacts have none`}`;
    return [{ name: 'provenance', state: 'ok', found }];
  }
  return damaged.map(({ artifact, problems }): StoreFinding => {
    const finding = {
      name: `provenance of ${artifact.name}@${artifact.version}`,
      found: problems.join('; '),
      consequence:
        'What it says of how the artifact came about cannot be trusted; the artifact itself is looked at above.',
    };
    if (mend !== true) return { ...finding, state: 'damaged', mend: MEND };
    store.forgetProvenance(artifact);
    return { ...finding, state: 'mended' };
  });
}

/** A run that is being built now and uses the artifact. */
function liveUser({ name, version }: ListedArtifact, store: Store): string | undefined {
  return store
    .listRuns()
    .filter(({ id, ended }) => ended === null && store.runOwner(id).type === 'somebody')
    .find(({ id }) => store.artifactsUsedBy(id).some((used) => used.name === name && used.version === version))?.id;
}

/** What no record names, because a process was killed before it could. */
function leftoverFinding(store: Store): StoreFinding {
  const { trees } = store.paths;
  const named = store.namedTrees();
  const attempts = new Set(named.attempts);
  const layers = new Set(named.layers);
  const artifacts = new Set(named.artifacts);
  const unended = store.listRuns().filter(({ ended }) => ended === null);
  const running = new Set(unended.flatMap(({ id }) => store.runningAttempts(id).map((attempt) => attempt.id)));
  // A layer has the name of its attempt, and may be about to be recorded.
  const isLayer = (name: string) => layers.has(name) || running.has(name.replace(/^\.new-/, '').replace(/r$/, ''));
  const left = [
    ...readdirSync(join(trees, 'layers')).filter((name) => !isLayer(name)),
    ...readdirSync(join(trees, 'attempts')).filter((name) => !attempts.has(name)),
    ...readdirSync(join(trees, 'artifacts')).flatMap((name) =>
      name.startsWith('.')
        ? [name]
        : readdirSync(join(trees, 'artifacts', name)).filter((digest) => !artifacts.has(`${name}/${digest}`)),
    ),
  ];
  const found = left.length === 0 ? 'none' : `${left.length} of processes that were killed; they only take room`;
  return { name: 'leftovers', state: 'ok', found };
}

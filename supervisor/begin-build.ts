import type { ActionSet } from '../actions/action-set.ts';
import { resolve } from 'node:path';
import { hostSizes } from '../sandbox/limits/attempt-limits.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import type { Store } from '../store/open-store.ts';
import type { NewRun } from '../store/records/runs.ts';
import { assessProjects } from './assess/assess-projects.ts';
import type { Assessed } from './assess/assess-projects.ts';
import type { Assessment, ProjectState } from './assess/assessment.ts';
import { OutsideWorld } from './assess/outside-world.ts';
import { refusesReuse } from './assess/refuses-reuse.ts';
import type { ReuseOptions } from './assess/refuses-reuse.ts';
import type { NewEvent } from './build-event.ts';
import { givenVersions, projectsAlone } from './build-alone.ts';
import { assertNoSources, assertSourcesInside } from './check-sources.ts';
import { assertStepsPossible } from './check-steps.ts';
import { momentOf } from './clocks.ts';
import type { Clocks } from './clocks.ts';
import { claimContinued, unfinishedRuns } from './continue-runs.ts';
import { readerDigest } from './known-spec.ts';
import { runPausing } from './pausing.ts';
import { assertAdmitted } from './placement/policy-violations.ts';
import { recordCurrentRun } from './record-current-run.ts';
import { recoverTrees } from './recover-store.ts';
import type { Sandbox } from './sandbox.ts';
import { settleProjects } from './settle-projects.ts';
import { chosenProjects, directoryOf, fileOf, OBJECT_NAME, specDigest } from './spec-source.ts';
import type { RunOptions } from './run-options.ts';
import type { StepLimits } from './step-limits.ts';
import type { startRun } from './start-run.ts';
import type { SpecSource } from './spec-source.ts';
import type { BareRun } from './run.ts';
import type { BuildOptions, OutOfDateOptions } from './supervisor.ts';

/** What a supervisor builds with; what only some builds need is asked for when it is needed. */
export interface BuildPlace extends Clocks {
  readonly store: Store;
  readonly actions: ActionSet;
  readonly sandbox: Sandbox;
  readonly bootId: string;
  readonly idMap: () => IdMap;
  readonly newId: () => string;
  /** What the program lets steps use up. */
  readonly limits?: StepLimits;
  /** Nobody waits for answers of others any more. */
  readonly closing?: AbortSignal;
  /** Refuses what this host cannot build. */
  readonly makeReady: (projects: readonly Project[], strict: boolean) => Promise<void>;
  readonly begin: (run: Parameters<typeof startRun>[0], options: Parameters<typeof startRun>[2]) => Promise<BareRun>;
}

/** What is to be built of a specification, and what of that is up to date. */
interface Asked {
  readonly projects: readonly Project[];
  readonly outside: OutsideWorld;
  readonly assess: () => Promise<readonly Assessed[]>;
}

/** How it stands with each project: what a build would find first. Builds nothing. */
export async function assessBuild(
  { spec, source }: { readonly spec: BuildSpec; readonly source: SpecSource },
  options: OutOfDateOptions,
  place: BuildPlace,
): Promise<Assessment> {
  const { assess, outside } = await askedOf({ spec, source }, { ...options, reuse: reuseOptionsOf(options) }, place);
  return { projects: (await assess()).map(withoutResults), trusted: outside.trusted };
}

/**
 * Begins a build: what is up to date is settled at once, and the rest is given to machines. When all is up to date,
 * the whole run is recorded as it is, and ends.
 */
export async function beginBuild(
  { spec, source }: { readonly spec: BuildSpec; readonly source: SpecSource },
  options: BuildOptions & {
    readonly outside?: OutsideWorld;
    /** The run of which it builds again what was not built. */
    readonly retryOf?: string;
  },
  place: BuildPlace,
): Promise<BareRun> {
  const { store, actions, bootId, now, hostNow, newId } = place;
  const pausing = runPausing(options, chosenProjects(spec, options.projects, options));
  const { given } = options;
  const reuse = { ...reuseOptionsOf(options), ...(pausing === undefined ? {} : { pausing }) };
  const { projects, outside, assess } = await askedOf({ spec, source }, { ...options, reuse }, place);
  const strict = options.strict === true;
  const allowedSources = allowedOf(options.allowSources);
  const readBy = readerDigest(actions, place.limits);
  const created = momentOf(place);
  const record = runRecord(
    source,
    // What is built alone is kept alone, and never taken for the whole of what its file says.
    {
      spec: given === undefined ? spec : { projects },
      projects,
      createdAt: created.host,
      toldCreatedAt: created.told,
      id: newId(),
    },
    {
      directory: directoryOf(source),
      ...(strict ? { strict } : {}),
      ...(readBy === undefined || given !== undefined ? {} : { readBy }),
      ...(allowedSources.length === 0 ? {} : { allowedSources }),
      ...(options.offline === true ? { offline: true } : {}),
      ...(options.keepGoing === true ? { keepGoing: true } : {}),
      ...(options.retryOf === undefined ? {} : { retryOf: options.retryOf }),
      ...reuse,
    },
  );
  const unfinished = options.fresh === true ? [] : unfinishedRuns(store, record.source ?? null);
  // What an older run has read says nothing of what a newer one is for.
  const continued = options.retryOf === undefined || options.retryOf === unfinished[0] ? unfinished : [];
  const useGiven = (): void => {
    if (given === undefined) return;
    for (const version of givenVersions(projects, { given, store, actions }).values())
      store.recordUse(record.id, version);
  };
  const mark = store.stateMark();
  let assessed = await assess();
  if (continued.length === 0 && assessed.every((each) => each.type === 'current')) {
    const begin = await recordCurrentRun({ record, projects, assessed, mark, trusted: outside.trusted }, place);
    if (begin !== undefined) return begin();
    assessed = await assess();
  }

  const current = assessed.filter((each) => each.type === 'current');
  const settled = new Set(current.map(({ project }) => project));
  await place.makeReady(
    projects.filter(({ name }) => !settled.has(name)),
    strict,
  );
  const [continues] = continued;
  const claim = continues === undefined ? undefined : claimContinued(store, continues, now());
  store.transaction(() => {
    store.createRun({ ...record, ...(claim === undefined ? {} : { continues: continues ?? null }) });
    useGiven();
  });
  const settle = async (signal: AbortSignal): Promise<readonly NewEvent[]> =>
    await settleProjects(current, { store, actions, run: record.id, bootId, now, hostNow, newId, projects, signal });
  const run = await place.begin({ id: record.id, projects, resumed: false }, { ...options, outside, settle });
  const release = (): void => claim?.release();
  run.result.then(release, release);
  return run;
}

async function askedOf(
  { spec, source }: { readonly spec: BuildSpec; readonly source: SpecSource },
  {
    projects: names,
    allowSources,
    offline = false,
    dependents = false,
    signal,
    reuse,
    given,
    hostFiles = true,
    policy,
    outside: known,
  }: OutOfDateOptions & {
    readonly signal?: AbortSignal;
    readonly reuse: ReuseOptions;
    readonly given?: BuildOptions['given'];
    readonly hostFiles?: boolean;
    readonly policy?: BuildOptions['policy'];
    /** What was asked already. */
    readonly outside?: OutsideWorld;
  },
  place: BuildPlace,
): Promise<Asked> {
  const { store, actions } = place;
  const projects = given === undefined ? chosenProjects(spec, names, { dependents }) : projectsAlone(spec, names);
  // Before any host is asked that it may not name.
  if (policy !== undefined) assertAdmitted(projects, policy, { actions, host: hostSizes(store.paths.trees) });
  chosenProjects(spec, reuse.rebuild); // Refuses a name that it does not have.
  const specDirectory = directoryOf(source);
  if (!hostFiles) assertNoSources(projects, actions);
  assertSourcesInside(projects, { specDirectory, allowed: allowedOf(allowSources), actions });
  assertStepsPossible(projects, { specDirectory, actions });
  await recoverTrees(store, place.idMap, place.sandbox);
  const signals = [signal, place.closing].filter((each) => each !== undefined);
  const outside = known ?? new OutsideWorld(place, { specDirectory, offline, signal: AbortSignal.any(signals) });
  await outside.askAll(projects);
  const refuses = refusesReuse(reuse);
  const assess = async (): Promise<readonly Assessed[]> => {
    const versions = given === undefined ? undefined : givenVersions(projects, { given, store, actions });
    return await assessProjects(projects, {
      store,
      actions,
      sandbox: place.sandbox,
      begunAt: Infinity,
      outside,
      refusesReuse: refuses,
      ...(versions === undefined ? {} : { artifact: (name) => versions.get(name) }),
    });
  };
  return { projects, outside, assess };
}

/** Absolute, as another process may go on with the run. */
function allowedOf(allowSources: readonly string[] = []): readonly string[] {
  return allowSources.map((path) => resolve(path));
}

function reuseOptionsOf({ fresh, noCache, rebuild }: OutOfDateOptions & Pick<BuildOptions, 'fresh'>): ReuseOptions {
  return {
    ...(fresh === true || noCache === true ? { noCache: true } : {}),
    ...(rebuild === undefined ? {} : { rebuild }),
  };
}

function runRecord(
  source: SpecSource,
  {
    spec,
    projects,
    ...own
  }: {
    readonly spec: BuildSpec;
    readonly projects: readonly Project[];
    readonly id: string;
    readonly createdAt: number;
    readonly toldCreatedAt: number;
  },
  options: RunOptions,
): NewRun {
  const text = 'text' in source ? source.text : JSON.stringify(source.value);
  return {
    ...own,
    specName: source.fileName ?? OBJECT_NAME,
    specText: text,
    specDigest: specDigest(text),
    source: fileOf(source),
    spec,
    projects: projects.map(({ name }) => name),
    options,
  };
}

function withoutResults(assessed: Assessed): ProjectState {
  const { reused: _, ...state } = assessed;
  return state;
}

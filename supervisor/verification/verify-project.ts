import type { ActionSet } from '../../actions/action-set.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { canBindProcessors, ownProcessors } from '../../sandbox/processors.ts';
import type { BuildSpec, Project } from '../../spec-schema/build-spec.ts';
import { ContractorError } from '../../errors.ts';
import { readyForBuilds } from '../begin-run.ts';
import { assertSourcesInside } from '../check-sources.ts';
import { momentOf } from '../clocks.ts';
import type { Clocks, Moment } from '../clocks.ts';
import { hostGroups } from '../host-groups.ts';
import { logFileOf } from '../log-file.ts';
import { hostSandbox } from '../sandbox.ts';
import { chosenProjects, directoryOf, specDigest } from '../spec-source.ts';
import { startRun } from '../start-run.ts';
import type { RunBounds } from '../run-bounds.ts';
import type { RunOptions } from '../run-options.ts';
import type { RunHost } from '../start-run.ts';
import { claimIdMap } from '../store-place.ts';
import type { SpecSource } from '../spec-source.ts';
import { compareBuilds } from './compare-builds.ts';
import { neededArtifacts } from './needed-artifacts.ts';
import { makeScratchStore, sweepScratchStores } from './scratch-store.ts';
import type { ScratchStore, ScratchWorld } from './scratch-store.ts';
import type { Varied, Verification, VerifyBuild, VerifyOptions } from './verification.ts';
import type { Outcome } from '../../machines/outcome.ts';

/** The specification, and which of its projects. */
export interface VerifyRequest {
  readonly source: SpecSource;
  readonly spec: BuildSpec;
  readonly name: string;
}

/** What verifying works with. */
export type VerifyWorld = Omit<ScratchWorld, 'sandbox'> & RunBounds & { readonly actions: ActionSet };

/**
 * How far the builds begin apart, at least: some formats count time in steps of two seconds (zip).
 */
const APART_MS = 2100;

/** See {@link Supervisor.verify}. Everything happens in a scratch store, which is gone at the end. */
export async function verifyProject(
  { source, spec, name }: VerifyRequest,
  options: VerifyOptions,
  world: VerifyWorld,
): Promise<Verification> {
  const { store, actions, bootId, idMap } = world;
  const project = projectAlone(spec, name);
  const specDirectory = directoryOf(source);
  assertSourcesInside([project], { specDirectory, allowed: options.allowSources ?? [], actions });
  const artifacts = neededArtifacts(project, { spec, store, actions });
  await readyForBuilds(store, { actions, projects: [project], bootId, idMap, strict: options.strict === true });
  const scratchWorld = { ...world, sandbox: hostSandbox };
  await sweepScratchStores(scratchWorld, name);
  const signal = options.signal ?? new AbortController().signal;
  if (signal.aborted) return { type: 'cancelled', project: name };
  const scratch = await makeScratchStore(artifacts, scratchWorld);
  let isKept = false;
  try {
    const builds = new ScratchBuilds({ source, project, specDirectory, options, signal }, scratch, world);
    const verified = await verifiedBuilds(builds, {
      project,
      actions,
      options,
      signal,
      scratch,
      hostNow: world.hostNow,
    });
    isKept = options.keep === true && verified.type !== 'cancelled';
    return {
      project: name,
      ...verified,
      ...(isKept ? { kept: { store: scratch.store.paths.directory, runs: builds.ids } } : {}),
    };
  } catch (error) {
    if (!signal.aborted || error instanceof ContractorError) throw error;
    return { type: 'cancelled', project: name };
  } finally {
    if (isKept) scratch.keep(name);
    else await scratch.remove();
  }
}

/** The project as if it needed no other: what it takes of them is in the store. @throws PROJECT_UNKNOWN */
function projectAlone(spec: BuildSpec, name: string): Project {
  const found = chosenProjects(spec, [name]).find((each) => each.name === name);
  if (found === undefined) throw new Error(`project ${name} was just chosen`);
  return { ...found, dependsOn: [] };
}

type Unnamed<T> = T extends unknown ? Omit<T, 'project' | 'kept'> : never;

async function verifiedBuilds(
  builds: ScratchBuilds,
  {
    project,
    actions,
    options,
    signal,
    scratch,
    hostNow,
  }: Pick<Clocks, 'hostNow'> & {
    readonly project: Project;
    readonly actions: ActionSet;
    readonly options: VerifyOptions;
    readonly signal: AbortSignal;
    readonly scratch: ScratchStore;
  },
): Promise<Unnamed<Verification>> {
  const all = ownProcessors();
  // One less, and not one alone: on a large host that would take the day.
  const fewer = canBindProcessors() && all.length > 1 ? all.slice(0, -1) : all;
  const first = await builds.build(1, all);
  if (first.type !== 'built') return first;
  await wait(Math.max(0, first.at + APART_MS - hostNow()), undefined, { signal });
  const second = await builds.build(2, fewer);
  if (second.type !== 'built') return second;
  options.onCompare?.();
  const processors = [all.length, fewer.length];
  const compared = await compareBuilds(
    {
      project,
      runs: [first.run, second.run],
      builds: { from: first.at, to: hostNow(), processors },
    },
    { store: scratch.store, actions, sandbox: hostSandbox, idMap: () => claimIdMap(scratch.store), signal },
  );
  const varied: Varied[] = [
    { what: 'time', first: first.at, second: second.at },
    ...(fewer === all ? [] : [{ what: 'processors' as const, first: all.length, second: fewer.length }]),
  ];
  return { ...compared, varied };
}

type BuildEnd =
  /** `at`: by the host's clock, which is what its steps see. */
  | { readonly type: 'built'; readonly run: string; readonly at: number }
  | Unnamed<Extract<Verification, { type: 'build-failed' | 'cancelled' }>>;

/** What is built. */
interface GivenProject {
  readonly source: SpecSource;
  readonly project: Project;
  readonly specDirectory: string;
  readonly options: VerifyOptions;
  readonly signal: AbortSignal;
}

/** Builds the project in the scratch store, anew each time. */
class ScratchBuilds {
  readonly ids: string[] = [];
  readonly #given: GivenProject;
  readonly #scratch: ScratchStore;
  readonly #world: VerifyWorld;

  constructor(given: GivenProject, scratch: ScratchStore, world: VerifyWorld) {
    this.#given = given;
    this.#scratch = scratch;
    this.#world = world;
  }

  async build(number: VerifyBuild['number'], processors: readonly number[]): Promise<BuildEnd> {
    const { project, options, signal } = this.#given;
    const { store } = this.#scratch;
    const began = momentOf(this.#world);
    const id = this.#record(began);
    const run = startRun({ id, projects: [project], resumed: false }, await this.#host(processors), {
      signal,
      jobs: 1,
    });
    await options.onBuild?.({
      number,
      run,
      store: store.paths.directory,
      logFile: (attempt) => logFileOf(store, attempt),
    });
    const result = await run.result;
    if (result === 'built') return { type: 'built', run: id, at: began.host };
    if (result === 'cancelled') return { type: 'cancelled' };
    return { type: 'build-failed', build: number, ...this.#failure(id) };
  }

  #record({ host, told }: Moment): string {
    const { source, project, specDirectory, options } = this.#given;
    const id = this.#world.newId();
    const specText = 'text' in source ? source.text : JSON.stringify(source.value);
    this.#scratch.store.createRun({
      id,
      createdAt: host,
      toldCreatedAt: told,
      specName: source.fileName ?? 'specification object',
      specText,
      specDigest: specDigest(specText),
      // Of no file: what is recorded of a file's runs is in the store above.
      source: null,
      spec: { projects: [project] },
      projects: [project.name],
      options: {
        directory: specDirectory,
        strict: options.strict === true,
        verifies: true,
        ...(options.allowSources === undefined ? {} : { allowedSources: options.allowSources }),
      } satisfies RunOptions,
    });
    this.ids.push(id);
    return id;
  }

  async #host(processors: readonly number[]): Promise<RunHost> {
    const { actions, bootId, limits, slots, now, hostNow, newId } = this.#world;
    const { store } = this.#scratch;
    const idMap = claimIdMap(store);
    const groups = await hostGroups(this.#world.store, { bootId, idMap });
    const startKeeper: typeof hostSandbox.startKeeper = (place) => hostSandbox.startKeeper({ ...place, processors });
    // Nobody has to find this after a power cut: it is swept away.
    const unflushed = this.#given.options.keep === true ? {} : { syncFileSystems: () => Promise.resolve() };
    return {
      store,
      actions,
      idMap,
      groups,
      bootId,
      ...(limits === undefined ? {} : { limits }),
      ...(slots === undefined ? {} : { slots }),
      now,
      hostNow,
      newId,
      sandbox: { ...hostSandbox, startKeeper, ...unflushed },
    };
  }

  /** The step that failed for good: the last one to end, as a project ends with it. */
  #failure(run: string): { step?: { id: string; title: string }; outcome?: Outcome } {
    const last = this.#scratch.store.listAttempts(run, this.#given.project.name).at(-1);
    const step = this.#given.project.steps.find(({ id }) => id === last?.step);
    if (last?.type !== 'ended' || step === undefined) return {};
    return { step: { id: step.id, title: step.title }, outcome: last.outcome as unknown as Outcome };
  }
}

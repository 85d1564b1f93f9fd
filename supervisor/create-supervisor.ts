import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { customAlphabet } from 'nanoid';
import type { ArtifactPlace } from '../actions/action.ts';
import { ContractorError } from '../errors.ts';
import type { ProjectFate } from '../machines/run-machine.ts';
import { assertHost, checkHost } from '../sandbox/host-check.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import type { BuildSpec, Project } from '../spec-schema/build-spec.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/open-store.ts';
import { artifactShelf } from './artifact-shelf.ts';
import type { RunResult } from './build-event.ts';
import { endCutOffAttempts } from './end-cut-off-attempts.ts';
import { planBuild } from './plan-build.ts';
import { RunEvents } from './run-events.ts';
import {
  findRun,
  logFileOf,
  projectResults,
  projectsOfRun,
  runDetails,
  runEvents,
  runSummaries,
} from './run-records.ts';
import { kernelBootId } from './boot-id.ts';
import type { RunWorld } from './run-world.ts';
import { chosenProjects, directoryOf, parseSource, specOf } from './spec-source.ts';
import { claimIdMap, defaultStoreDirectory } from './store-place.ts';
import type { BuildOptions, Run, Supervisor } from './supervisor.ts';

export interface SupervisorOptions {
  /** The directory of the store. Default: `CONTRACTOR_STORE`, else `$XDG_STATE_HOME/contractor`. */
  readonly store?: string;
  /** What tells this boot of the host from others. Default: the kernel's; for a host whose storage dies apart from its kernel, and for tests of that. */
  readonly bootId?: string;
}

// Without letters that look like digits; 10 of them make 5e14 ids, and a store has a few million.
const newId = customAlphabet('0123456789abcdefghjkmnpqrstuvwxyz', 10);
const now = (): number => Date.now();

/** A {@link Supervisor}. The store is opened, and made, when something first needs it. */
export function createSupervisor(options: SupervisorOptions = {}): Supervisor {
  const storeDirectory = options.store ?? defaultStoreDirectory();
  const bootId = options.bootId ?? kernelBootId();
  const live = new Set<Run>();
  let opened: Store | undefined;
  const store = (): Store => (opened ??= openStore(storeDirectory));
  const idMap = (): IdMap => claimIdMap(store());
  const held = (): ReadonlySet<string> => new Set(store().artifactNames());

  const keepLive = (run: Run): Run => {
    live.add(run);
    const forget = (): boolean => live.delete(run);
    run.result.then(forget, forget);
    return run;
  };

  return {
    storeDirectory,
    validate: (source) => parseSource(source, held()),
    plan: (source, { projects } = {}) => planBuild(specOf(source, held()), projects),
    build: async (source, buildOptions = {}) => {
      const spec = specOf(source, held());
      const projects = chosenProjects(spec, buildOptions.projects);
      await assertHostCan(store(), { projects, bootId });
      const id = newId();
      const text = 'text' in source ? source.text : JSON.stringify(source.value);
      const createdAt = now();
      store().transaction(() =>
        store().createRun({
          id,
          createdAt,
          specName: source.fileName ?? 'specification object',
          specText: text,
          specDigest: createHash('sha256').update(text).digest('hex'),
          spec,
          projects: projects.map(({ name }) => name),
          options: { directory: directoryOf(source) },
        }),
      );
      return keepLive(
        startRun(
          { id, spec, projects, resumed: false },
          { store: store(), idMap: idMap(), bootId, options: buildOptions },
        ),
      );
    },
    resume: async (idOrPrefix, buildOptions = {}) => {
      const { id, ended } = idOrPrefix === undefined ? newestUnfinished(store()) : findRun(store(), idOrPrefix);
      if (ended !== null) {
        throw new ContractorError(
          'RUN_ENDED',
          `Run \`${id}\` has ended: ${ended.result}.`,
          'Start another with `contractor build`.',
        );
      }
      const spec = store().getRun(id)?.spec as BuildSpec;
      const names = new Set(
        store()
          .getProjects(id)
          .map(({ name }) => name),
      );
      const projects = projectsOfRun(spec, names);
      await assertHostCan(store(), { projects, bootId });
      return keepLive(
        startRun(
          { id, spec, projects, resumed: true },
          { store: store(), idMap: idMap(), bootId, options: buildOptions },
        ),
      );
    },
    runs: ({ limit } = {}) => runSummaries(store(), limit),
    run: (id) => runDetails(store(), id),
    events: (run, afterSeq = 0) => runEvents(store(), run, afterSeq),
    logFile: (attempt) => logFileOf(store(), attempt),
    get artifacts() {
      return artifactShelf({ store: store(), bootId, idMap, now, newId });
    },
    checkHost: async () => {
      mkdirSync(storeDirectory, { recursive: true, mode: 0o700 });
      return await checkHost(storeDirectory);
    },
    close: async () => {
      for (const run of live) run.cancel();
      await Promise.allSettled([...live].map((run) => run.result));
      opened?.close();
      opened = undefined;
    },
  };
}

interface RunStart {
  readonly id: string;
  readonly spec: BuildSpec;
  readonly projects: readonly Project[];
  readonly resumed: boolean;
}

function startRun(
  { id, projects, resumed }: RunStart,
  {
    store,
    idMap,
    bootId,
    options,
  }: {
    readonly store: Store;
    readonly idMap: IdMap;
    readonly bootId: string;
    readonly options: BuildOptions;
  },
): Run {
  const claim = store.claimRun(id, { pid: process.pid, host: hostname(), since: now() });
  if (claim.type === 'taken') {
    const by = claim.owner === null ? 'another process' : `process ${claim.owner.pid} on ${claim.owner.host}`;
    throw new ContractorError(
      'RUN_OWNED',
      `Run \`${id}\` is being built by ${by}.`,
      'Wait for it, or end that process.',
    );
  }
  const events = new RunEvents({ run: id, store, now });
  const stored = store.getRun(id);
  if (stored === undefined) throw new Error(`run ${id} was just found`);
  const { directory } = stored.options as { readonly directory: string };
  const world: RunWorld = {
    run: id,
    store,
    idMap,
    events,
    specDirectory: directory,
    bootId,
    artifact: artifactOf(store, id),
    now,
    newId,
  };
  const cancelled = new AbortController();
  const signal = options.signal === undefined ? cancelled.signal : AbortSignal.any([cancelled.signal, options.signal]);
  const begin = async (): Promise<RunResult> => {
    try {
      if (resumed) await endCutOffAttempts(world);
      const results = projectResults(store, id);
      const committed = store
        .listAttempts(id)
        .filter((each) => each.type === 'ended' && each.outcome.type === 'succeeded');
      events.commit((record) =>
        record({
          type: 'run-started',
          specName: stored.specName,
          resumed,
          projects: projects.map(({ name, dependsOn, steps }) => {
            const result = results.get(name);
            return {
              name,
              dependsOn,
              steps: steps.map((step) => ({ id: step.id, title: step.title })),
              ...(result === 'built' || result === 'failed' ? { result } : {}),
              stepsDone: committed.filter(({ project }) => project === name).length,
            };
          }),
        }),
      );
      const { superviseRun } = await import('./supervise-run.ts'); // brings XState
      return await superviseRun(
        {
          projects,
          jobs: options.jobs ?? availableParallelism(),
          fates: fatesOf(results),
          saves: new Map(resumed ? store.getProjects(id).map(({ name, save }) => [name, save]) : []),
          signal,
          startedAt: stored.createdAt,
        },
        world,
      );
    } finally {
      events.end();
      claim.release();
    }
  };
  const result = begin();
  result.catch(() => undefined); // whoever awaits it hears; nobody has to
  return { id, events: () => events.stream(), result, cancel: () => cancelled.abort() };
}

/** What is settled when a run is resumed. Skipped and cancelled projects get another chance. */
function fatesOf(results: ReadonlyMap<string, string>): Record<string, ProjectFate> {
  return Object.fromEntries(
    [...results].flatMap(([name, end]) => (end === 'built' || end === 'failed' ? [[name, { end }] as const] : [])),
  );
}

/** The version of an artifact that a run uses: the one it has used or made, else the newest. */
function artifactOf(store: Store, run: string): (name: string) => ArtifactPlace | undefined {
  return (name) => {
    const used = store.artifactsUsedBy(run).find((each) => each.name === name);
    const found = store.findArtifact(name, used?.version);
    if (found === undefined) return undefined;
    store.transaction(() => store.recordUse(run, found));
    return { name, version: found.version, digest: found.digest };
  };
}

function newestUnfinished(store: Store): ReturnType<typeof findRun> {
  const unfinished = store.listRuns().find(({ ended }) => ended === null);
  if (unfinished !== undefined) return unfinished;
  throw new ContractorError('RUN_UNKNOWN', 'No run of this store is unfinished.', 'Start one with `contractor build`.');
}

/** Refuses before any work when this host lacks what the projects need. What a boot of the host could do once, it can. */
async function assertHostCan(
  store: Store,
  { projects, bootId }: { readonly projects: readonly Project[]; readonly bootId: string },
): Promise<void> {
  const needs = new Set(projects.flatMap(({ steps }) => steps.map((step) => HOST_NEEDS[step.action] ?? step.action)));
  const probed = [...needs].toSorted().join(' ');
  const known = store.getMeta('hostProbe') as { readonly boot: string; readonly needs: string } | undefined;
  if (known?.boot === bootId && known.needs === probed) return;
  assertHost(await checkHost(store.paths.directory), needs);
  store.transaction(() => store.setMeta('hostProbe', { boot: bootId, needs: probed }));
}

const HOST_NEEDS: Readonly<Record<string, string>> = { 'copy-source': 'tar' };

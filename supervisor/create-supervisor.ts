import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { customRandom } from 'nanoid';
import { actionSet } from '../actions/action-set.ts';
import { actionsOf } from '../actions/own/action-of.ts';
import { ContractorError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { IdMap } from '../sandbox/id-map.ts';
import { makeDirectoryOfStore, openStore } from '../store/open-store.ts';
import type { Store } from '../store/open-store.ts';
import { assertActionsGiven } from './assert-actions-given.ts';
import { artifactShelf } from './artifact-shelf.ts';
import type { RunPlace } from './begin-run.ts';
import type { BuildPlace } from './begin-build.ts';
import type { RunResult } from './build-event.ts';
import { kernelBootId } from './boot-id.ts';
import { clocksOf } from './clocks.ts';
import { checkedIds } from './checked-ids.ts';
import { lockPath, readLock } from './package-lock.ts';
import { automaticPolicy, setAutomaticPolicy } from './gc/automatic-policy.ts';
import type { GcReport } from './gc/gc-report.ts';
import type { GcWorld } from './gc/gc-world.ts';
import { noteBoot } from './note-boot.ts';
import { followAll } from './follow-all.ts';
import type { Followed } from './follow-all.ts';
import { followRun } from './follow-run.ts';
import { logFileOf } from './log-file.ts';
import { OpenRuns } from './open-runs.ts';
import { openWorkbench } from './open-workbench.ts';
import { resumableRuns, resumeRun, unfinishedRun } from './resume-run.ts';
import { findRun, projectsOfRun, runDetails, runEvents, runSummaries, runSummary } from './run-records.ts';
import { runSource, savedState } from './run-source.ts';
import { specElsewhere } from './spec-elsewhere.ts';
import { directoryOf, fileOf, parseSource } from './spec-source.ts';
import type { SpecSource } from './spec-source.ts';
import { limitedSpec, limitProblems } from './step-limits.ts';
import { stepProblems } from './step-problems.ts';
import { StepSlots } from './step-slots.ts';
import { LastAlone, specToBuild } from './spec-to-build.ts';
import { claimIdMap, defaultStoreDirectory } from './store-place.ts';
import type { BareRun, Run } from './run.ts';
import type { ResumeOptions, Supervisor } from './supervisor.ts';
import { assertOptions } from './supervisor-options.ts';
import type { SupervisorOptions } from './supervisor-options.ts';
import { startWatch } from './watch/start-watch.ts';

// Without letters that look like digits; 10 of them make 5e14 ids, and a store has a few million.
const randomId = customRandom('0123456789abcdefghjkmnpqrstuvwxyz', 10, randomBytes);

/** Of a build, and not of the plan of one. */
const REFUSALS_OF_BUILDS: ReadonlySet<ErrorCode> = new Set(['SOURCE_OUTSIDE', 'REPOSITORY_REFUSED'] as const);

const CANCEL_LOOK_MS = 50;

/** What only a build needs. Loading it takes as long as reading a specification. */
const forBuilds = () => import('./begin-run.ts');

/** What a build needs that has all it takes. */
const forNewBuilds = () => import('./begin-build.ts');

/** A {@link Supervisor}. The store is opened, and made, when something first needs it. */
export function createSupervisor(options: SupervisorOptions = {}): Supervisor {
  assertOptions(options);
  const storeDirectory = options.store ?? defaultStoreDirectory();
  const bootId = options.bootId ?? kernelBootId();
  const actions = actionSet(actionsOf(options.actions ?? []));
  // What the program gives in place of defaults.
  const { limits = {}, jobs } = options;
  const bounds = { limits, ...(jobs === undefined ? {} : { slots: new StepSlots(jobs) }) };
  const newId = options.newId === undefined ? randomId : checkedIds(options.newId, () => store());
  const clocks = clocksOf(options.now);
  clocks.now(); // What is no clock is refused here.
  const { hostNow } = clocks;
  const open = new OpenRuns();
  const lastAlone = new LastAlone();
  let opened: Store | undefined;
  const store = (): Store => {
    if (opened === undefined) {
      const found = openStore(storeDirectory);
      try {
        noteBoot(found, { bootId, now: hostNow() });
      } catch (error) {
        found.close(); // Else it would be used without.
        throw error;
      }
      opened = found;
    }
    return opened;
  };
  const followed = (): Followed => {
    const found = store();
    return { store: found, isOpen: () => opened === found };
  };
  const idMap = (): IdMap => claimIdMap(store());
  const host = (): RunPlace => ({
    store: store(),
    actions,
    idMap: idMap(),
    bootId,
    ...bounds,
    leaving: open.leaving,
    ...clocks,
    newId,
  });
  const place = async (): Promise<BuildPlace> => ({
    store: store(),
    actions,
    sandbox: (await import('./sandbox.ts')).hostSandbox,
    bootId,
    idMap,
    closing: open.closing,
    limits,
    ...clocks,
    newId,
    makeReady: async (projects, strict) => {
      const { readyForBuilds } = await forBuilds();
      await readyForBuilds(store(), { actions, projects, bootId, idMap, strict });
    },
    begin: async (run, given) => await (await forBuilds()).beginRun(run, host(), given),
  });
  const held = (): ReadonlySet<string> => new Set(store().artifactNames());

  const shelf = () => ({ store: store(), bootId, idMap, ...clocks, newId });
  const readWith = () => ({ heldArtifacts: held(), actions });
  const readyToBuild = (source: SpecSource, as: Parameters<typeof specToBuild>[2] = {}) =>
    specToBuild(source, { store: store(), actions, limits }, as);

  const gcWorld = async (): Promise<GcWorld> => {
    const [{ hostSandbox }, { unlessKilledAgain }] = await Promise.all([
      import('./sandbox.ts'),
      import('../sandbox/killed-from-outside.ts'),
    ]);
    // What is half removed is removed by the next one.
    const runTreeJob: typeof hostSandbox.runTreeJob = async (...job) =>
      await unlessKilledAgain(() => hostSandbox.runTreeJob(...job));
    return { store: store(), sandbox: { ...hostSandbox, runTreeJob }, idMap, ...clocks };
  };
  const collected = async ({ result }: BareRun): Promise<GcReport | undefined> => {
    const end = await result.catch(() => undefined);
    if (end !== 'built' && end !== 'failed') return undefined;
    const { collectIfDue } = await import('./gc/automatic-gc.ts');
    return await collectIfDue(await gcWorld());
  };
  const keepLive = (begun: BareRun): Run => open.add({ ...begun, collected: collected(begun) });
  const resume = async (id: string, given: ResumeOptions): Promise<Run> =>
    keepLive(await resumeRun(id, given, { store: store(), place: host }));

  return {
    storeDirectory,
    actions: actions.declarations,
    validate: (source, { files = false } = {}) => {
      const place = { specDirectory: directoryOf(source), now: hostNow(), actions };
      return parseSource(source, {
        ...readWith(),
        findMore: (spec) => [...(files ? stepProblems(spec, place) : []), ...limitProblems(spec, limits)],
      });
    },
    plan: async (source, given = {}) =>
      await open.during(async () => {
        const spec = await readyToBuild(source, { takesLock: given.lock });
        const [{ planBuild }, { assessBuild }] = await Promise.all([import('./plan-build.ts'), forNewBuilds()]);
        const assessment = await assessBuild({ spec, source }, given, await place()).catch((error: unknown) => {
          // What is refused nobody looks at; what it would do can be shown all the same.
          if (error instanceof ContractorError && REFUSALS_OF_BUILDS.has(error.code)) return undefined;
          throw error;
        });
        const { projects: names, dependents } = given;
        return await planBuild(spec, { names, dependents, assessment, store: store(), actions, bootId, idMap });
      }),
    why: async (source, { project, step, ...given }) =>
      await open.during(async () => {
        const spec = await readyToBuild(source);
        const [{ assessBuild }, { explainProject }] = await Promise.all([
          forNewBuilds(),
          import('./assess/explain-project.ts'),
        ]);
        const assessment = await assessBuild({ spec, source }, { ...given, projects: [project] }, await place());
        return explainProject({ spec, project, step }, assessment, { store: store(), actions });
      }),
    outOfDate: async (source, given = {}) =>
      await open.during(async () => {
        const { assessBuild } = await forNewBuilds();
        return await assessBuild(
          { spec: await readyToBuild(source, { takesLock: given.lock }), source },
          given,
          await place(),
        );
      }),
    needs: async (source, needsOptions = {}) => {
      const { lock, alone } = needsOptions;
      const spec = await readyToBuild(source, { takesLock: lock, alone: alone === true ? lastAlone : undefined });
      const { projectNeeds } = await import('./project-needs.ts');
      return projectNeeds(spec, needsOptions, actions);
    },
    build: async (source, buildOptions = {}) =>
      await open.during(async () => {
        const { lock, given } = buildOptions;
        const spec = await readyToBuild(source, {
          takesLock: lock,
          alone: given === undefined ? undefined : lastAlone,
        });
        const { beginBuild } = await forNewBuilds();
        return keepLive(await beginBuild({ spec, source }, buildOptions, await place()));
      }),
    retry: async (run, retryOptions = {}) =>
      await open.during(async () => {
        const [{ beginBuild }, { retryOf }] = await Promise.all([forNewBuilds(), import('./retry-run.ts')]);
        const { build, options: asBefore } = retryOf(store(), run, retryOptions);
        const spec = limitedSpec(build.spec, limits);
        return keepLive(await beginBuild({ ...build, spec }, asBefore, await place()));
      }),
    watch: (source, watchOptions = {}) =>
      startWatch(source, watchOptions, {
        place: async () => ({ ...(await place()), keepLive }),
        signal: open.closing,
      }),
    resume: async (idOrPrefix, resumeOptions = {}) =>
      await open.during(async () => await resume(unfinishedRun(store(), idOrPrefix), resumeOptions)),
    resumeAll: async (resumeOptions = {}) =>
      await open.during(async () => {
        const runs: Run[] = [];
        const refused: { run: string; error: ContractorError }[] = [];
        for (const run of resumableRuns(store())) {
          if (open.closing.aborted) break;
          try {
            runs.push(await resume(run, resumeOptions));
          } catch (error) {
            if (!(error instanceof ContractorError)) throw error;
            // Another process was faster: somebody builds it.
            if (error.code !== 'RUN_OWNED') refused.push({ run, error });
          }
        }
        return { runs, refused };
      }),
    cancel: async (idOrPrefix) =>
      await open.during(async () => {
        const id = unfinishedRun(store(), idOrPrefix);
        const projects = projectsOfRun(store(), id);
        if (store().runOwner(id).type === 'nobody') assertActionsGiven(projects, actions);
        store().requestCancel(id, 'request');
        const { beginRun } = await forBuilds();
        for (;;) {
          const result = store().getRun(id)?.ended?.result;
          if (result !== undefined) return { id, result };
          // Nobody is there to do it (any more): then it is on us.
          if (store().runOwner(id).type === 'nobody' && store().getRun(id)?.ended === null) {
            const run = await beginRun({ id, projects, resumed: true }, host(), {});
            // A paused project is cancelled like another.
            return { id, result: (await keepLive(run).result) as RunResult };
          }
          await wait(CANCEL_LOOK_MS);
        }
      }),
    lock: async (source) => {
      const spec = await specElsewhere(source, readWith());
      const file = fileOf(source);
      if (file === null) {
        throw new ContractorError('USAGE', 'Only a specification in a file has a lock beside it.', 'Name the file.');
      }
      const { makeLock } = await import('./make-lock.ts');
      return { path: lockPath(file), lock: makeLock(spec.projects, { store: store(), actions, file }) };
    },
    checkLock: async (source) => {
      await readyToBuild(source);
      const file = fileOf(source);
      return file === null ? undefined : readLock(lockPath(file));
    },
    verify: async (source, name, verifyOptions = {}) =>
      await open.during(async () => {
        const { verifyProject } = await import('./verification/verify-project.ts');
        const signals = [open.closing, ...(verifyOptions.signal === undefined ? [] : [verifyOptions.signal])];
        const allowSources = (verifyOptions.allowSources ?? []).map((path) => resolve(path));
        return await verifyProject(
          { source, spec: await readyToBuild(source), name },
          { ...verifyOptions, allowSources, signal: AbortSignal.any(signals) },
          { store: store(), actions, bootId, idMap, ...bounds, ...clocks, newId },
        );
      }),
    runs: (which = {}) => runSummaries(store(), which),
    run: (id) => runDetails(store(), id),
    summary: (id) => runSummary(store(), id),
    events: (run, afterSeq = 0) => runEvents(store(), run, afterSeq),
    follow: (run, followOptions = {}) => followRun(followed(), run, followOptions),
    followAll: (followOptions = {}) => followAll(followed(), followOptions),
    artifactsOfRun: (run) =>
      store()
        .artifactsUsedBy(findRun(store(), run).id)
        .flatMap(({ name, version }) => {
          const digest = store().findArtifact(name, version)?.digest;
          return digest === undefined ? [] : [{ name, version, digest }];
        }),
    snapshotStep: async (which) => await (await import('./checkpoint/snapshot-step.ts')).snapshotStep(which, shelf()),
    lastDurations: (run) => store().lastDurations(findRun(store(), run).id),
    runSource: (id) => runSource(store(), id),
    runPlan: async (run, name) => {
      const { planOfProject } = await import('./plan-of-project.ts');
      return await planOfProject(runSource(store(), run), name, { store: store(), actions, bootId, idMap });
    },
    savedState: (run, name) => savedState(store(), run, name),
    receipt: async (attempt) => {
      const { findReceipt } = await import('./find-receipt.ts');
      return await findReceipt(store(), attempt, { actions, idMap, bootId });
    },
    logFile: (attempt) => logFileOf(store(), attempt),
    get artifacts() {
      return artifactShelf(shelf());
    },
    get workbench() {
      return openWorkbench({ store: store(), actions, bootId, idMap, limits, ...clocks, newId });
    },
    checkHost: async ({ network = false } = {}) => {
      const [{ checkHost }, { checkMore }] = await Promise.all([
        import('../sandbox/host-check.ts'),
        import('../sandbox/host/check-more.ts'),
      ]);
      makeDirectoryOfStore(storeDirectory);
      const findings = await checkHost(storeDirectory);
      const more = await checkMore({ directory: storeDirectory, now: hostNow() });
      const reached = network ? await (await import('./check-mirror.ts')).checkMirror(hostNow()) : [];
      if (findings.some(({ state }) => state === 'missing')) return [...findings, ...more, ...reached];
      const [{ checkLimits }, { findIdMap }] = await Promise.all([
        import('../sandbox/limits/check-limits.ts'),
        import('../sandbox/id-map.ts'),
      ]);
      return [...findings, ...(await checkLimits(findIdMap())), ...more, ...reached];
    },
    checkStore: async (checkOptions = {}) => {
      const { checkStore } = await import('./check-store.ts');
      return await checkStore(checkOptions, { directory: storeDirectory, open: store, idMap, now: clocks.now });
    },
    gc: async (policy = {}, gcOptions = {}) => {
      const { collectAndNote } = await import('./gc/automatic-gc.ts');
      return await collectAndNote(policy, gcOptions, await gcWorld());
    },
    automaticGc: () => automaticPolicy(store()),
    setAutomaticGc: (policy) => setAutomaticPolicy(store(), policy),
    keepRun: (idOrPrefix, { release = false } = {}) => {
      const { id } = findRun(store(), idOrPrefix);
      store().keepRun(id, release ? null : clocks.now());
      return runSummary(store(), id);
    },
    close: async (closeOptions = {}) =>
      await open.close(closeOptions, () => {
        opened?.close();
        opened = undefined;
      }),
  };
}

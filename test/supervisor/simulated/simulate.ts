import { actionSet } from '../../../actions/action-set.ts';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectContext } from '../../../machines/project-machine.ts';
import type { TreeReference } from '../../../machines/project-tree.ts';
import type { IdMap } from '../../../sandbox/id-map.ts';
import { NO_CONTROL_GROUPS } from '../../../sandbox/limits/control-groups.ts';
import type { AttemptRecord } from '../../../store/records/attempts.ts';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import type { BuildEvent, RunEnd, RunResult } from '../../../supervisor/build-event.ts';
import { noteBoot } from '../../../supervisor/note-boot.ts';
import { recoverTrees } from '../../../supervisor/recover-store.ts';
import { projectResults, runEvents } from '../../../supervisor/run-records.ts';
import { startRun } from '../../../supervisor/start-run.ts';
import { sweepKeepers } from '../../../supervisor/sweep-keepers.ts';
import { BEGIN, settled, SimulatedClock } from './clock.ts';
import { eventProblems } from './event-grammar.ts';
import { Crash, SimulatedProcess } from './faults.ts';
import type { Fault, FaultEffects } from './faults.ts';
import { digestOf, SimulatedHost } from './host.ts';
import { Leaving } from './leaving.ts';
import { BASE_ARTIFACT, projectsOfPlan } from './plan.ts';
import type { Plan } from './plan.ts';
import { otherClock } from './program-clock.ts';
import { simulatedSandbox } from './sandbox.ts';
import { FlushedDatabase, simulatedStore } from './simulated-store.ts';

/** How a run ended, and all that was wrong on the way. */
export interface Simulated {
  readonly result: RunResult;
  readonly ends: Readonly<Record<string, string>>;
  /** What the layers of each project hold in the end, bottom first, and which steps it passed over. */
  readonly trees: Readonly<Record<string, readonly string[]>>;
  readonly artifacts: Readonly<Record<string, string>>;
  readonly wrong: readonly string[];
  /** Every call of the supervisor into its world. */
  readonly calls: readonly string[];
}

const RUN = 'run1';
const ID_MAP: IdMap = { how: 'newuidmap', uid: [], gid: [] };
/** In memory where the host has such a directory: a run has hundreds of small transactions. */
const TOP = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
/** Faults are few: who needs more lives than this does not get on. */
const MOST_LIVES = 30;

/** Builds `plan` in a simulated world where `faults` happen, and goes on after each until the run has ended. */
export async function simulate(plan: Plan, faults: readonly Fault[] = []): Promise<Simulated> {
  await import('../../../supervisor/supervise-run.ts'); // What is imported on demand would take its time then.
  const directory = mkdtempSync(join(TOP, 'contractor-simulated-'));
  try {
    const clock = new SimulatedClock();
    return await clock.installed(async () => await new World(plan, { faults, clock, directory }).run());
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

class World {
  readonly #plan: Plan;
  readonly #faults: readonly Fault[];
  readonly #clock: SimulatedClock;
  readonly #host: SimulatedHost;
  readonly #directory: string;
  readonly #database: FlushedDatabase;
  readonly #wrong: string[] = [];
  readonly #calls: string[] = [];
  /** What listeners were told, over all processes. */
  readonly #told: BuildEvent[] = [];
  /** Steps that are done and flushed. */
  readonly #durable = new Set<string>();
  #store: Store;
  /** Of the present process. */
  #leaving = new Leaving();
  #boot = 1;
  /** Whether somebody heard of the end of the run. */
  #isTold = false;
  #ids = 0;

  constructor(
    plan: Plan,
    {
      faults,
      clock,
      directory,
    }: { readonly faults: readonly Fault[]; readonly clock: SimulatedClock; readonly directory: string },
  ) {
    this.#plan = plan;
    this.#faults = faults;
    this.#clock = clock;
    this.#directory = directory;
    this.#store = openStore(directory);
    this.#database = new FlushedDatabase(this.#store.paths.database);
    this.#host = new SimulatedHost(clock, {
      attempt: (id) => this.#store.getAttempt(id),
      executes: (attempt) => this.#judgeExecution(attempt),
      wrong: (what) => this.#wrong.push(what),
    });
    this.#furnish();
  }

  async run(): Promise<Simulated> {
    for (let life = 1; life <= MOST_LIVES; life++) {
      const result = await this.#live(otherClock(life));
      if (result !== undefined) return this.#report(result);
    }
    throw new Error(`the run did not end in ${MOST_LIVES} lives`);
  }

  #furnish(): void {
    const store = this.#store;
    const content = 'base system';
    const digest = digestOf(content);
    const projects = projectsOfPlan(this.#plan);
    noteBoot(store, { bootId: 'boot1', now: this.#clock.now() });
    store.recordArtifactVersion({
      name: BASE_ARTIFACT,
      digest,
      entries: 1,
      files: 1,
      sizeBytes: 1,
      createdAt: this.#clock.now(),
      madeBy: null,
      bootId: 'boot1',
    });
    store.createRun({
      id: RUN,
      createdAt: this.#clock.now(),
      specName: 'simulated',
      specText: '',
      specDigest: '',
      spec: { projects },
      projects: projects.map(({ name }) => name),
      options: { directory: '/' },
    });
    store.markDurable({ attempts: [], artifacts: [{ name: BASE_ARTIFACT, version: 1 }] }, this.#clock.now());
    this.#host.trees.artifacts.set(`${BASE_ARTIFACT}/${digest}`, content);
    this.#flush();
  }

  /** One process: gives the result of the run when it came to that. */
  async #live(now: () => number): Promise<RunResult | undefined> {
    const process = new SimulatedProcess({ calls: this.#calls, faults: this.#faults }, this.#faultEffects);
    this.#clock.owner = process;
    this.#leaving = new Leaving();
    let ended: { readonly result?: RunEnd; readonly error?: Error } | undefined;
    this.#resume(process, now).then(
      (result) => (ended = { result }),
      (error: unknown) => (ended = { error: error instanceof Error ? error : new Error(String(error)) }),
    );
    for (;;) {
      await settled();
      if (process.died !== undefined || ended !== undefined) break;
      this.#clock.tick();
    }
    await settled();
    this.#clock.forget(process);
    this.#clock.owner = undefined;
    this.#wrong.push(
      ...this.#clock.uncaught
        .splice(0)
        .filter((each) => !(each instanceof Crash))
        .map((each) => `uncaught: ${String(each)}`),
    );
    if (process.died === undefined && ended?.error !== undefined && !isRefusal(ended.error)) {
      this.#wrong.push(`the run rejects: ${String(ended.error)}`);
    }
    const owner = process.died === undefined ? this.#store.runOwner(RUN).type : 'nobody';
    if (owner !== 'nobody') this.#wrong.push('the run is owned though nobody builds it');
    this.#store.close();
    if (process.died !== undefined) this.#afterDeath(process.died);
    this.#store = openStore(this.#directory);
    this.#judgeHistory();
    const told = ended?.result === 'left' ? undefined : ended?.result;
    this.#isTold = told !== undefined;
    const recorded = this.#store.getRun(RUN)?.ended?.result;
    if (ended?.result !== undefined && recorded !== told) this.#wrong.push(`told ${ended.result}, is ${recorded}`);
    return recorded;
  }

  async #resume(process: SimulatedProcess, now: () => number): Promise<RunEnd> {
    const watched = this.#leaving.watched(this.#store, this.#wrong);
    const store = simulatedStore(watched, process, () => this.#database.flush());
    const sandbox = simulatedSandbox(this.#host, { process, flush: () => this.#flush() });
    const bootId = `boot${this.#boot}`;
    noteBoot(store, { bootId, now: this.#clock.now() });
    await recoverTrees(store, () => ID_MAP, sandbox);
    const run = startRun(
      {
        id: RUN,
        projects: projectsOfPlan(this.#plan),
        resumed: this.#told.length > 0 || runEvents(this.#store, RUN, 0).length > 0,
      },
      {
        store,
        actions: actionSet(),
        sandbox,
        idMap: ID_MAP,
        groups: NO_CONTROL_GROUPS,
        bootId,
        leaving: this.#leaving.signal,
        now,
        hostNow: this.#clock.now,
        newId: () => `id${(this.#ids += 1)}`,
      },
      { jobs: this.#plan.jobs },
    );
    const listening = (async () => {
      for await (const event of run.events()) this.#told.push(event);
    })();
    try {
      return await run.result;
    } finally {
      if (process.died === undefined) await listening;
    }
  }

  #flush(): void {
    this.#host.flush();
    this.#database.flush();
  }

  /** As the next run does, a while later. */
  #sweep(): void {
    this.#clock.pass(61_000);
    const process = new SimulatedProcess({ calls: [], faults: [] }, this.#faultEffects);
    const sandbox = simulatedSandbox(this.#host, { process, flush: () => undefined });
    sweepKeepers({ store: this.#store, sandbox, hostNow: this.#clock.now });
  }

  readonly #faultEffects: FaultEffects = {
    killKeepers: () => this.#host.killKeepers(),
    killNextUnsealed: () => (this.#host.killsNextUnsealed = true),
    leave: () => this.#leaving.leave(),
    requestCancel: () => {
      if (this.#store.getRun(RUN)?.ended === null) this.#store.requestCancel(RUN, 'request');
    },
  };

  #afterDeath({ type, downMs = 0 }: Fault): void {
    const isPowerCut = type.startsWith('power-cut');
    if (isPowerCut) {
      this.#boot += 1;
      this.#host.losePower(type === 'power-cut' ? 'lost' : type === 'power-cut-torn-layers' ? 'torn' : 'kept');
      if (type !== 'power-cut-torn-layers') this.#database.restore();
      this.#database.flush(); // What is read after a boot is on the disk.
      // What was told and is not recorded any more was never done.
      const store = openStore(this.#directory);
      this.#told.splice(0, this.#told.length, ...runEvents(store, RUN, 0));
      const undurable = new Set(store.undurable().attempts);
      const done = store.listAttempts(RUN).filter(isSucceeded);
      for (const attempt of done) if (!undurable.has(attempt.id)) this.#durable.add(stepOf(attempt));
      store.close();
    }
    this.#clock.pass(downMs);
  }

  #judgeExecution(attempt: AttemptRecord): void {
    const step = stepOf(attempt);
    const others = this.#store.listAttempts(RUN, attempt.project).filter((each) => each.step === attempt.step);
    if (others.some(isSucceeded)) this.#wrong.push(`${step} runs again though it has succeeded`);
    if (this.#durable.has(step)) this.#wrong.push(`${step} runs again though it was flushed`);
    for (const keeper of this.#host.keepers.values()) {
      const other = keeper.running && this.#store.getAttempt(keeper.running.job.attempt);
      if (other !== undefined && stepOf(other) === step) this.#wrong.push(`${step} runs twice at once`);
    }
  }

  /** What was told is what is recorded, and nothing was recorded that nobody was told, but by a process that died in between. */
  #judgeHistory(): void {
    const recorded = runEvents(this.#store, RUN, 0);
    const kept = this.#told.filter((event) => event.type !== 'step-progress');
    for (const event of kept) {
      const same = recorded[event.seq - 1];
      if (JSON.stringify(same) !== JSON.stringify(JSON.parse(JSON.stringify(event)))) {
        if (same === undefined || digestOfEvent(same) !== digestOfEvent(event)) {
          this.#wrong.push(`told ${JSON.stringify(event)}, recorded ${JSON.stringify(same)}`);
        }
      }
    }
  }

  /** What should have gone with the run. */
  #findLeftovers(): void {
    const named = this.#store.namedTrees();
    const left = [
      ...[...this.#host.trees.layers.keys()].filter((id) => !named.layers.includes(id)).map((id) => `layer ${id}`),
      ...this.#store.runningAttempts(RUN).map(({ id }) => `attempt ${id} without an end`),
      ...[...this.#host.keepers].filter(([, keeper]) => keeper.isAlive).map(([place]) => `keeper ${place}`),
    ];
    if (this.#boot > 1) this.#sweep(); // Those of another boot go when the next run finds them old.
    left.push(...readdirSync(this.#store.paths.keepers).map((keeper) => `directory of keeper ${keeper}`));
    this.#wrong.push(...left.map((each) => `left over: ${each}`));
  }

  /** After the end, when somebody was told: the host loses power, which takes nothing of it away. */
  #report(result: RunResult): Simulated {
    this.#findLeftovers();
    if (this.#isTold) {
      this.#store.close();
      this.#host.losePower('lost');
      this.#database.restore();
      this.#store = openStore(this.#directory);
      if (this.#store.getRun(RUN)?.ended?.result !== result) this.#wrong.push('a power cut undoes the end');
    }
    const store = this.#store;
    const { layers, artifacts } = this.#host.trees;
    const bounds = { hadPowerCut: this.#boot > 1, longestMs: this.#clock.now() - BEGIN };
    this.#wrong.push(...eventProblems(runEvents(store, RUN, 0), bounds));
    const content = (each: TreeReference): string =>
      (each.type === 'layer' ? layers.get(each.id) : artifacts.get(`${each.name}/${each.digest}`)) ?? 'missing';
    const trees = store.getProjects(RUN).map(({ name, save }) => {
      const context = (save as { snapshot?: { context?: ProjectContext } } | null)?.snapshot?.context;
      return [name, [...(context?.tree.workspace ?? []).map(content), ...(context?.passedOver ?? [])]] as const;
    });
    // A version that was forgotten leaves a gap, so numbers tell nothing.
    const newest = store.listArtifacts().toReversed();
    const published = newest.map(
      ({ name, digest }) => [name, artifacts.get(`${name}/${digest}`) ?? 'missing'] as const,
    );
    const report = {
      result,
      ends: Object.fromEntries(projectResults(store, RUN)),
      trees: Object.fromEntries(trees),
      artifacts: Object.fromEntries(published),
      wrong: this.#wrong,
      calls: this.#calls,
    };
    store.close();
    return report;
  }
}

function isRefusal(error: Error): boolean {
  return 'code' in error && error.code === 'STORE_UNUSABLE';
}

function isSucceeded(attempt: AttemptRecord): boolean {
  return attempt.type === 'ended' && attempt.outcome.type === 'succeeded';
}

function stepOf({ project, step }: AttemptRecord): string {
  return `${project}/${step}`;
}

function digestOfEvent(event: object): string {
  return JSON.stringify(Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

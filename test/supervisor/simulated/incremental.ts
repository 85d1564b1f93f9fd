import { actionSet } from '../../../actions/action-set.ts';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_CONTROL_GROUPS } from '../../../sandbox/limits/control-groups.ts';
import type { IdMap } from '../../../sandbox/id-map.ts';
import type { BuildSpec, Project, Step } from '../../../spec-schema/build-spec.ts';
import { openStore } from '../../../store/open-store.ts';
import type { Store } from '../../../store/open-store.ts';
import type { ProjectState } from '../../../supervisor/assess/assessment.ts';
import { assessBuild, beginBuild } from '../../../supervisor/begin-build.ts';
import type { BuildPlace } from '../../../supervisor/begin-build.ts';
import { noteBoot } from '../../../supervisor/note-boot.ts';
import { startRun } from '../../../supervisor/start-run.ts';
import { settled, SimulatedClock } from './clock.ts';
import { SimulatedProcess } from './faults.ts';
import { digestOf, SimulatedHost } from './host.ts';
import { BASE_ARTIFACT } from './plan.ts';
import type { Behaviour } from './plan.ts';
import { simulatedSandbox } from './sandbox.ts';

/** Projects by what they do: project n unpacks the artifacts of those in `uses` that come before it, runs scripts, publishes. */
export type Graph = readonly {
  readonly uses: readonly number[];
  /** What a script leaves is told by `writes` alone; with another word to `says` it is another script. */
  readonly scripts: readonly { readonly writes: number; readonly says: number }[];
}[];

const ID_MAP: IdMap = { how: 'newuidmap', uid: [], gid: [] };
const TOP = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A store that is built in again and again, on a simulated host without faults. */
export class IncrementalWorld {
  readonly #clock = new SimulatedClock();
  readonly #directory = mkdtempSync(join(TOP, 'contractor-incremental-'));
  readonly #store: Store = openStore(this.#directory);
  readonly #ran: string[] = [];
  readonly #host: SimulatedHost;
  #ids = 0;

  constructor() {
    this.#host = new SimulatedHost(this.#clock, {
      attempt: (id) => this.#store.getAttempt(id),
      executes: () => undefined,
      wrong: (what) => {
        throw new Error(what);
      },
    });
    const content = 'base system';
    const digest = digestOf(content);
    noteBoot(this.#store, { bootId: 'boot', now: this.#clock.now() });
    const sizes = { entries: 1, files: 1, sizeBytes: 1 };
    const base = { name: BASE_ARTIFACT, digest, ...sizes, createdAt: 0, madeBy: null, bootId: 'boot' };
    this.#store.recordArtifactVersion(base);
    this.#host.trees.artifacts.set(`${BASE_ARTIFACT}/${digest}`, content);
  }

  async assess(graph: Graph): Promise<readonly ProjectState[]> {
    return (await assessBuild(specOf(graph), {}, this.#place())).projects;
  }

  /** The newest version of each artifact by its contents, and the steps that were run. */
  async build(
    graph: Graph,
  ): Promise<{ readonly artifacts: Readonly<Record<string, string>>; readonly ran: readonly string[] }> {
    this.#ran.length = 0;
    const result = await this.#clock.installed(async () => {
      let ended: { readonly result?: string; readonly error?: unknown } | undefined;
      // No time passes until then: it gives back the thread as often as it likes.
      const run = await beginBuild(specOf(graph), { jobs: 2 }, this.#place());
      const built = async (): Promise<string> => {
        for await (const event of run.events()) {
          if (event.type === 'step-started') this.#ran.push(`${event.project}/${event.step}`);
        }
        return await run.result;
      };
      built().then(
        (result) => (ended = { result }),
        (error: unknown) => (ended = { error }),
      );
      for (;;) {
        await settled();
        if (ended !== undefined) return ended;
        this.#clock.tick();
      }
    });
    if (result.error !== undefined) throw new Error('the build broke', { cause: result.error });
    if (result.result !== 'built') throw new Error(`the build ended as ${result.result}`);
    const artifacts = graph.map((_, index) => {
      const name = `a${index}`;
      const digest = this.#store.findArtifact(name)?.digest ?? '';
      return [name, this.#host.trees.artifacts.get(`${name}/${digest}`) ?? 'missing'] as const;
    });
    return { artifacts: Object.fromEntries(artifacts), ran: [...this.#ran] };
  }

  close(): void {
    this.#store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #place(): BuildPlace {
    const process = new SimulatedProcess(
      { calls: [], faults: [] },
      {
        killKeepers: () => undefined,
        killNextUnsealed: () => undefined,
        leave: () => undefined,
        requestCancel: () => undefined,
      },
    );
    const sandbox = simulatedSandbox(this.#host, { process, flush: () => this.#host.flush() });
    const place = {
      store: this.#store,
      actions: actionSet(),
      sandbox,
      bootId: 'boot',
      now: this.#clock.now,
      hostNow: this.#clock.now,
      newId: () => `id${(this.#ids += 1)}`,
    };
    return {
      ...place,
      idMap: () => ID_MAP,
      makeReady: () => Promise.resolve(),
      begin: (run, options) =>
        Promise.resolve(startRun(run, { ...place, idMap: ID_MAP, groups: NO_CONTROL_GROUPS }, options)),
    };
  }
}

/** What a build from nothing makes. */
export async function builtOf(graph: Graph): Promise<Readonly<Record<string, string>>> {
  const world = new IncrementalWorld();
  try {
    return (await world.build(graph)).artifacts;
  } finally {
    world.close();
  }
}

export function projectsOf(graph: Graph): readonly Project[] {
  return graph.map(({ uses, scripts }, index) => {
    const used = [...new Set(uses)].filter((each) => each < index);
    const run = scripts.map(({ writes, says }): Step['parameters'] => {
      const behaviour: Behaviour & { readonly says: number } = {
        ms: 10,
        answers: ['succeeds'],
        writes: `p${index} ${writes}`,
        says,
      };
      return { 'container-name': 'c', shell: JSON.stringify(behaviour) };
    });
    const steps = [
      { action: 'create-systree', parameters: { 'artifact-name': BASE_ARTIFACT, 'container-name': 'c' } },
      ...used.map((each) => ({ action: 'unpack-artifact', parameters: { 'artifact-name': `a${each}` } })),
      ...run.map((parameters) => ({ action: 'shell', parameters })),
      { action: 'create-artifact', parameters: { 'artifact-name': `a${index}` } },
    ];
    return {
      name: `p${index}`,
      dependsOn: used.map((each) => `p${each}`),
      steps: steps.map(({ action, parameters }, nth): Step => {
        const id = `${nth + 1}-${action}`;
        return { id, title: id, action, parameters, continueOnFailure: false };
      }),
    };
  });
}

/** For a counterexample. */
export function textOf(graph: Graph): string {
  return JSON.stringify(graph);
}

function specOf(graph: Graph): { spec: BuildSpec; source: { value: unknown } } {
  return { spec: { projects: projectsOf(graph) }, source: { value: graph } };
}

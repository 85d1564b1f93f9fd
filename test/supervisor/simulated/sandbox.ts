import { rmSync } from 'node:fs';
import { KilledFromOutside } from '../../../sandbox/killed-from-outside.ts';
import type { TreeJob } from '../../../store/trees/tree-job.ts';
import type { Sandbox } from '../../../supervisor/sandbox.ts';
import { digestOf } from './host.ts';
import type { SimulatedHost } from './host.ts';
import type { SimulatedProcess } from './faults.ts';
import { connection } from './keeper.ts';

const WORKER_MS = 20;

/** What a process of the supervisor can do to the host: every call may fail, or be its last. */
export function simulatedSandbox(
  host: SimulatedHost,
  { process, flush }: { readonly process: SimulatedProcess; readonly flush: () => void },
): Sandbox {
  const { clock, witness } = host;
  const pass = async (): Promise<void> =>
    await new Promise((resolve) => void clock.at(clock.now() + WORKER_MS, resolve));
  /** The worker dies with the process that started it. */
  const work = async <Result>(name: string, { begin, end }: { begin: () => void; end: () => Result }) => {
    await process.async(`${name} begins`, begin);
    await pass();
    if (process.killsWorker()) throw new KilledFromOutside('The simulated worker');
    return await process.async(`${name} ends`, end);
  };
  const treeJob = async (job: TreeJob): Promise<unknown> => {
    const { layers, attempts, artifacts } = host.trees;
    switch (job.type) {
      case 'publish':
        return await work('publish', {
          begin: () => undefined,
          end: () => {
            const content = `published ${host.contentOf(job.layers)}`;
            const digest = digestOf(content);
            artifacts.set(`${job.name}/${digest}`, content);
            return {
              type: 'published',
              digest,
              entries: 1,
              files: 1,
              sizeBytes: 1,
              newBytes: 1,
              dropped: [],
              droppedCount: 0,
            };
          },
        });
      case 'link-tree': {
        const [, to = ''] = job.to.split('/');
        return await work('link-tree', {
          begin: () => layers.set(to, 'half'),
          end: () => {
            layers.set(to, `linked ${host.contentOf([job.from])}`);
            return { entries: 1, files: 1, sizeBytes: 1 };
          },
        });
      }
      case 'recover':
        return await work('recover', {
          begin: () => undefined,
          end: () => {
            for (const id of layers.keys()) if (!job.layers.includes(id)) layers.delete(id);
            for (const id of attempts.keys()) if (!job.attempts.includes(id)) attempts.delete(id);
            for (const id of artifacts.keys()) if (!job.artifacts.includes(id)) artifacts.delete(id);
            return { unnamed: 0, damagedObjects: 0 };
          },
        });
      default:
        throw new Error(`the simulation has no ${job.type}`);
    }
  };
  return {
    startKeeper: async ({ directory }) =>
      connection(await process.async('startKeeper', () => host.startKeeper(directory)), process),
    connectKeeper: async (directory) => {
      const keeper = await process.async('connectKeeper', () => host.keepers.get(directory));
      return keeper?.lives() === true ? connection(keeper, process) : undefined;
    },
    keeperGone: async (directory) =>
      await process.async('keeperGone', () => {
        if (host.keepers.get(directory)?.lives()) witness.wrong(`waits for a living keeper in ${directory}`);
      }),
    isKeeperAlive: (directory) => process.sync('isKeeperAlive', () => host.keepers.get(directory)?.lives() === true),
    removeLeftControlGroups: () => process.sync('removeLeftControlGroups', () => undefined),
    removeKeeper: (directory) =>
      process.sync('removeKeeper', () => {
        if (host.isAlive(directory)) witness.wrong(`removes the directory of a living keeper: ${directory}`);
        rmSync(directory, { recursive: true, force: true });
      }),
    recordedExit: (_, attempt) => process.sync('recordedExit', () => host.trees.attempts.get(attempt)?.exit),
    readWitness: () => undefined,
    readUsage: () => undefined,
    toolFacts: () => Promise.resolve([]),
    sealRemains: async (job) => await process.async('sealRemains', () => host.seal(job), { mayFail: true }),
    discardRemains: async (attempt) =>
      await process.async('discardRemains', () => host.discard(attempt), { mayFail: true }),
    discardTrees: async (attempt) =>
      await process.async('discardTrees', () => host.discard(attempt), { mayFail: true }),
    hasTree: (_, path) =>
      process.sync('hasTree', () => {
        const [, artifact] = /artifacts\/([^/]+\/[^/]+)\/tree$/.exec(path) ?? [];
        if (artifact !== undefined) return host.trees.artifacts.has(artifact);
        return host.trees.layers.has(path.replace(/^layers\//, ''));
      }),
    fullDiskRefusal: () => undefined,
    runInIdMap: () => Promise.reject(new Error('the simulation has no commands')),
    runTreeJob: treeJob as Sandbox['runTreeJob'],
    sealLayer: (_, layer) =>
      process.sync('sealLayer', () => {
        const { layers } = host.trees;
        const content = layers.get(`.new-${layer}`);
        if (content === undefined) witness.wrong(`seals ${layer}, which is not there`);
        layers.delete(`.new-${layer}`);
        layers.set(layer, content ?? 'nothing');
      }),
    syncFileSystems: async () => await process.async('syncFileSystems', flush, { mayFail: true }),
  };
}

import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectKeeper, keeperGone, startKeeper } from '../sandbox/keeper.ts';
import { isKeeperAlive } from '../sandbox/keeper-life.ts';
import { removeLeftControlGroups } from '../sandbox/limits/control-groups.ts';
import { readUsage } from '../sandbox/limits/usage.ts';
import { discardRemains, discardTrees, recordedExit, sealRemains } from '../sandbox/remains.ts';
import { toolFacts } from '../sandbox/tool-facts.ts';
import { readWitness } from '../sandbox/witness.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import { fullDiskRefusal } from './full-disk.ts';
import { syncFileSystems } from './sync-file-systems.ts';
import { runTreeJob } from './tree-worker.ts';

/**
 * All that a run does to the world beside its records: keepers, trees, the disk.
 *
 * One interface, so that a simulated world can stand in for the host and have any
 * of these calls fail, or be the last before a crash.
 */
export interface Sandbox {
  readonly startKeeper: typeof startKeeper;
  readonly connectKeeper: typeof connectKeeper;
  readonly keeperGone: typeof keeperGone;
  readonly isKeeperAlive: typeof isKeeperAlive;
  /** Removes what keepers that were killed have left in the host's control groups. */
  readonly removeLeftControlGroups: typeof removeLeftControlGroups;
  /** Removes the directory of a keeper that is gone; there may be none. */
  removeKeeper(directory: string): void;
  readonly recordedExit: typeof recordedExit;
  readonly readWitness: typeof readWitness;
  readonly readUsage: typeof readUsage;
  readonly toolFacts: typeof toolFacts;
  readonly sealRemains: typeof sealRemains;
  readonly discardRemains: typeof discardRemains;
  readonly discardTrees: typeof discardTrees;
  /** Whether the tree is there that a record names; relative to the trees. */
  hasTree(trees: string, path: string): boolean;
  readonly fullDiskRefusal: typeof fullDiskRefusal;
  readonly runInIdMap: typeof runInIdMap;
  readonly runTreeJob: typeof runTreeJob;
  /** Gives the layer that contractor's own code has filled, `layers/.new-ID`, its name. */
  sealLayer(trees: string, layer: string): void;
  readonly syncFileSystems: typeof syncFileSystems;
  /** How far the disk may be behind the records while a build goes on; by default as far as the flusher says. */
  readonly flushBehindMs?: number;
}

/** That of this host. */
export const hostSandbox: Sandbox = {
  startKeeper,
  connectKeeper,
  keeperGone,
  isKeeperAlive,
  removeLeftControlGroups,
  removeKeeper: (directory) => rmSync(directory, { recursive: true, force: true }),
  recordedExit,
  readWitness,
  readUsage,
  toolFacts,
  sealRemains,
  discardRemains,
  discardTrees,
  hasTree: (trees, path) => existsSync(join(trees, path)),
  fullDiskRefusal,
  runInIdMap,
  runTreeJob,
  sealLayer: (trees, layer) => renameSync(join(trees, 'layers', `.new-${layer}`), join(trees, 'layers', layer)),
  syncFileSystems,
};

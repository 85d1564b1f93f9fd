import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdMap } from '../../sandbox/id-map.ts';
import { lockExclusively } from '../../store/exclusive-lock.ts';
import type { ExclusiveLock } from '../../store/exclusive-lock.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import type { ArtifactRecord } from '../../store/records/artifacts.ts';
import { storePaths, TREE_FOLDERS } from '../../store/store-paths.ts';
import { removeFile } from '../../store/remove-file.ts';
import type { Clocks } from '../clocks.ts';
import { noteBoot } from '../note-boot.ts';
import type { Sandbox } from '../sandbox.ts';

/** What scratch stores are made in. */
export interface ScratchWorld extends Clocks {
  readonly store: Store;
  readonly sandbox: Pick<Sandbox, 'runTreeJob' | 'runInIdMap' | 'connectKeeper' | 'keeperGone'>;
  readonly bootId: string;
  idMap(): IdMap;
  newId(): string;
}

/** A store of its own below another, for something that must leave no trace there. */
export interface ScratchStore {
  readonly store: Store;
  /** Closes it and removes all of it. */
  remove(): Promise<void>;
  /** Closes it and leaves it, until another of the same name is made. */
  keep(name: string): void;
}

/** What the names begin with under which trees wait in `attempts` for their store: no other id has a hyphen. */
const STAGED = 'verify-';

/**
 * A store that holds these artifacts, by hard links: nothing is copied.
 *
 *     verify/<id>/          the store
 *     verify/<id>.lock      held locked as long as it is used: where nobody holds it, the store is left over
 *     verify/<id>.kept      in the place of the lock, of one that was kept: its name
 *
 * Its trees are made among those of the store above, as hard links do not cross a mount point and the id map is
 * let into those alone, and moved from there.
 */
export async function makeScratchStore(
  artifacts: readonly ArtifactRecord[],
  world: ScratchWorld,
): Promise<ScratchStore> {
  const { paths } = world.store;
  const id = world.newId();
  const directory = join(paths.verify, id);
  mkdirSync(paths.verify, { recursive: true, mode: 0o700 });
  const lock = world.store.transaction(() => lockExclusively(`${directory}.lock`));
  if (lock === undefined) throw new Error(`the lock of the scratch store ${id}, which is new, is held`);
  let store: Store | undefined;
  const remove = async (): Promise<void> => {
    store?.close();
    await removeScratch(id, world);
    release(lock, directory, world.store);
  };
  try {
    mkdirSync(directory, { mode: 0o700 });
    store = openStore(directory);
    await linkArtifacts(id, artifacts, world);
    noteBoot(store, { bootId: world.bootId, now: world.hostNow() });
    for (const { version: _, packages, ...artifact } of artifacts) {
      store.recordArtifactVersion({
        ...artifact,
        ...(packages === null ? {} : { packages }),
        createdAt: world.now(),
        madeBy: null,
        bootId: world.bootId,
      });
    }
  } catch (error) {
    await remove();
    throw error;
  }
  const opened = store;
  return {
    store: opened,
    remove,
    keep: (name) => {
      opened.close();
      writeFileSync(`${directory}.kept`, name);
      release(lock, directory, world.store);
    },
  };
}

/** Removes the scratch stores that killed processes have left, and those that were kept under this name. */
export async function sweepScratchStores(
  world: Omit<ScratchWorld, 'newId' | 'now' | 'hostNow' | 'bootId'>,
  name?: string,
): Promise<void> {
  const { paths } = world.store;
  if (!existsSync(paths.verify)) return;
  for (const file of readdirSync(paths.verify)) {
    const [id = '', kind] = file.split('.');
    const directory = join(paths.verify, id);
    if (kind === 'kept' && name !== undefined && readFileSync(join(paths.verify, file), 'utf8') === name) {
      await removeScratch(id, world);
      removeFile(`${directory}.kept`);
    } else if (kind === 'lock') {
      const lock = world.store.transaction(() => lockExclusively(`${directory}.lock`));
      if (lock === undefined) continue;
      // It was killed right after it had been told to keep it.
      if (!existsSync(`${directory}.kept`)) await removeScratch(id, world);
      release(lock, directory, world.store);
    }
  }
}

/** While the database is ours nobody can have the file open that is about to go: see `runClaims`. */
function release(lock: ExclusiveLock, directory: string, store: Store): void {
  store.transaction(() => {
    lock.close();
    removeFile(`${directory}.lock`);
    removeFile(`${directory}.lock-journal`);
  });
}

/** Links the artifacts into a folder among the trees of the store above, and moves that into the new one. */
async function linkArtifacts(id: string, artifacts: readonly ArtifactRecord[], world: ScratchWorld): Promise<void> {
  const { paths } = world.store;
  if (artifacts.length === 0) return;
  const staged = `attempts/${STAGED}${id}`;
  for (const { name, digest } of artifacts) {
    const [from, to] = [`artifacts/${name}/${digest}`, `${staged}/${name}/${digest}`];
    await world.sandbox.runTreeJob(
      { type: 'link-tree', from: `${from}/tree`, to: `${to}/tree`, owner: { uid: 0, gid: 0 } },
      { trees: paths.trees, idMap: world.idMap() },
    );
    await inTrees(paths.trees, ['/bin/ln', '--', `${from}/manifest`, `${to}/manifest`], world);
  }
  // In the place of the empty folder that was made with the store.
  renameSync(join(paths.trees, staged), join(storePaths(join(paths.verify, id)).trees, 'artifacts'));
}

/** Ends what runs in it, and removes it with what it may have staged. */
async function removeScratch(
  id: string,
  world: Omit<ScratchWorld, 'newId' | 'now' | 'hostNow' | 'bootId'>,
): Promise<void> {
  const { trees } = world.store.paths;
  const scratch = storePaths(join(world.store.paths.verify, id));
  for (const name of existsSync(scratch.keepers) ? readdirSync(scratch.keepers) : []) {
    const keeper = join(scratch.keepers, name);
    await (await world.sandbox.connectKeeper(keeper))?.quit();
    await world.sandbox.keeperGone(keeper);
  }
  const staged = `attempts/${STAGED}${id}`;
  if (existsSync(join(trees, staged))) await inTrees(trees, ['/bin/rm', '-rf', '--', staged], world);
  if (existsSync(scratch.trees)) {
    // What works on trees begins in that folder.
    mkdirSync(join(scratch.trees, 'layers'), { recursive: true });
    await inTrees(scratch.trees, ['/bin/rm', '-rf', '--', ...TREE_FOLDERS], world);
  }
  rmSync(scratch.directory, { recursive: true, force: true });
}

async function inTrees(
  trees: string,
  command: readonly [string, ...string[]],
  { sandbox, idMap }: Pick<ScratchWorld, 'sandbox' | 'idMap'>,
): Promise<void> {
  const { exitCode, stderr } = await sandbox.runInIdMap({ trees, idMap: idMap(), command });
  if (exitCode !== 0)
    throw new Error(`${command.join(' ')} ended with status ${exitCode}: ${stderr.trim().slice(-500)}`);
}

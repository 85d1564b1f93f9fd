import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startKeeper } from '../sandbox/keeper.ts';
import type { Keeper } from '../sandbox/keeper.ts';
import { MOUNTED } from '../sandbox/policy.ts';
import type { RunWorld } from './run-world.ts';

/** The keeper of one project: started when its first sandboxed step needs it, ended with the project. */
export class KeeperHolder {
  /** The name of its directory in the store. */
  readonly id: string;
  readonly #world: Pick<RunWorld, 'store' | 'idMap'>;
  readonly #hostDirectories: readonly string[];
  #keeper: Promise<Keeper> | undefined;

  constructor(
    id: string,
    world: Pick<RunWorld, 'store' | 'idMap' | 'specDirectory'>,
    hostDirectories: readonly string[],
  ) {
    this.id = id;
    this.#world = world;
    this.#hostDirectories = hostDirectories.map((directory) => resolve(world.specDirectory, directory));
    this.hostMount = (directory) =>
      MOUNTED.host(this.#hostDirectories.indexOf(resolve(world.specDirectory, directory)));
  }

  /** Where a host directory is mounted for the project's sandboxes. */
  readonly hostMount: (directory: string) => string;

  get(): Promise<Keeper> {
    const { store, idMap } = this.#world;
    this.#keeper ??= startKeeper({
      directory: this.#directory,
      trees: store.paths.trees,
      idMap,
      hostBinds: this.#hostDirectories,
    });
    return this.#keeper;
  }

  /** Ends the keeper with all that runs in it. */
  async end(): Promise<void> {
    const keeper = await this.#keeper?.catch(() => undefined);
    await keeper?.quit();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #directory(): string {
    return join(this.#world.store.paths.keepers, this.id);
  }
}

import { join, resolve } from 'node:path';
import { logTail } from '../actions/log-tail.ts';
import { ContractorError, diskRefusal, diskRefusalOf } from '../errors.ts';
import type { Exit } from '../sandbox/exit.ts';
import type { Keeper, RunInKeeper } from '../sandbox/keeper.ts';
import type { KeeperJob } from '../sandbox/keeper-job.ts';
import { MOUNTED } from '../sandbox/policy.ts';
import { LeftRunning } from './left-running.ts';
import type { RunWorld } from './run-world.ts';

type KeeperWorld = Pick<RunWorld, 'store' | 'sandbox' | 'idMap' | 'groups' | 'specDirectory' | 'leaving'>;

/**
 * The keeper of one project: the one that an earlier process left, or one that is
 * started when the first sandboxed step needs it. Ended with the project.
 */
export class KeeperHolder {
  /** The name of its directory in the store. */
  readonly id: string;
  readonly #world: KeeperWorld;
  readonly #hostDirectories: readonly string[];
  #keeper: Promise<Keeper | undefined> | undefined;
  /** It runs what nobody has asked for: the attempt of an earlier run that is not taken over. */
  #runsOther = false;
  /** It runs what we wait for. */
  #isBusy = false;

  constructor(id: string, world: KeeperWorld, hostDirectories: readonly string[]) {
    this.id = id;
    this.#world = world;
    this.#hostDirectories = hostDirectories.map((directory) => resolve(world.specDirectory, directory));
    this.hostMount = (directory) =>
      MOUNTED.host(this.#hostDirectories.indexOf(resolve(world.specDirectory, directory)));
  }

  /** Where a host directory is mounted for the project's sandboxes. */
  readonly hostMount: (directory: string) => string;

  /** Whether an attempt of an earlier process runs, or has ended and left a record of how. */
  async holds(attempt: string): Promise<boolean> {
    const keeper = await this.#found();
    return keeper?.found === attempt || this.#sandbox.recordedExit(this.#trees, attempt) !== undefined;
  }

  /** Runs a job; one that {@link holds} is gone on with instead of being begun again. @throws LeftRunning */
  async run(job: KeeperJob, options: RunInKeeper & { readonly adopt: boolean }): Promise<Exit> {
    const exit = await this.#exitOf(job, options);
    if (exit.type === 'broken') this.#refuseForDisk(exit.error, job.attempt);
    if (exit.type === 'exited' && exit.code === 0) {
      await this.#sandbox.sealRemains(job, { trees: this.#trees, idMap: this.#world.idMap });
    }
    return exit;
  }

  /** Ends the keeper with all that runs in it; also one of an earlier process that no step of ours had need of. */
  async end(): Promise<void> {
    const keeper = await this.#found();
    await keeper?.quit();
    try {
      this.#sandbox.removeKeeper(this.#directory);
    } catch (error) {
      if (diskRefusalOf(error) === undefined) throw error; // Else a later run sweeps it.
    }
  }

  /** Lets what runs in it go on without us; ends it when nothing does. */
  async leave(): Promise<void> {
    const keeper = await this.#keeper?.catch(() => undefined);
    if (keeper === undefined) return; // One that an earlier process left is there for the next.
    if (this.#isBusy || keeper.found !== undefined) keeper.leave();
    else await this.end();
  }

  async #exitOf(job: KeeperJob, { adopt, ...how }: Parameters<KeeperHolder['run']>[1]): Promise<Exit> {
    const keeper = adopt ? await this.#found() : await this.#started();
    if (adopt && keeper?.found !== job.attempt)
      return this.#sandbox.recordedExit(this.#trees, job.attempt) ?? { type: 'lost' };
    this.#runsOther = false;
    const { leaving } = this.#world;
    if (leaving.aborted) throw new LeftRunning();
    const leave = (): void => keeper?.leave();
    leaving.addEventListener('abort', leave, { once: true });
    this.#isBusy = true;
    let exit: Exit | undefined;
    try {
      exit = await (adopt ? keeper?.adopt(how) : keeper?.run(job, how));
    } finally {
      leaving.removeEventListener('abort', leave);
    }
    if (leaving.aborted && (exit === undefined || exit.type === 'lost')) throw new LeftRunning();
    this.#isBusy = false;
    if (exit !== undefined && exit.type !== 'lost') return exit;
    // It may have died right after it had recorded the end.
    this.#keeper = undefined;
    await this.#sandbox.keeperGone(this.#directory);
    return this.#sandbox.recordedExit(this.#trees, job.attempt) ?? { type: 'lost' };
  }

  /** The living keeper of an earlier process, or of ours. */
  async #found(): Promise<Keeper | undefined> {
    if (this.#keeper === undefined) {
      const keeper = await this.#sandbox.connectKeeper(this.#directory);
      if (keeper === undefined) return undefined;
      this.#runsOther = keeper.found !== undefined;
      this.#keeper ??= Promise.resolve(keeper);
    }
    return await this.#keeper.catch(() => undefined);
  }

  /** One to run in; undefined when it was killed as soon as it was started. */
  async #started(): Promise<Keeper | undefined> {
    const found = await this.#found();
    if (found !== undefined && !this.#runsOther) return found;
    await found?.quit();
    this.#keeper = this.#sandbox.startKeeper({
      directory: this.#directory,
      trees: this.#trees,
      idMap: this.#world.idMap,
      hostBinds: this.#hostDirectories,
      groups: this.#world.groups,
    });
    try {
      return await this.#keeper;
    } catch (error) {
      this.#keeper = undefined;
      if (error instanceof ContractorError) this.#refuseForDisk(error.message);
      throw error;
    }
  }

  /** A sandbox that the disk of the store kept from being made says nothing of the step. @throws STORE_UNUSABLE */
  #refuseForDisk(error: string, attempt?: string): void {
    // What bwrap says is in the log, unless that could not be written either.
    const log = attempt === undefined ? '' : logTail(join(this.#trees, 'attempts', attempt, 'log'));
    const refusal = diskRefusal(error) ?? diskRefusal(log) ?? this.#sandbox.fullDiskRefusal(this.#trees);
    if (refusal !== undefined) throw refusal;
  }

  get #sandbox(): KeeperWorld['sandbox'] {
    return this.#world.sandbox;
  }

  get #directory(): string {
    return join(this.#world.store.paths.keepers, this.id);
  }

  get #trees(): string {
    return this.#world.store.paths.trees;
  }
}

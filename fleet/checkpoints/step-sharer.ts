import type { SharedStep } from '../../index.ts';
import { whileClaimed } from '../claim.ts';
import type { ClaimedProject } from '../claim.ts';
import { persistently, untilPlaceIsBack } from '../persistently.ts';
import type { WorkPlace } from '../work-place.ts';
import { recordShared } from './shared-steps.ts';

/**
 * Shares the steps of a project as they are done, behind the build, which never waits for it. When several have been done meanwhile,
 * the tree of the last is shared, and of the others that they are done.
 *
 * It fails nothing: what could not be shared is done again by who takes the project over.
 */
export class StepSharer {
  readonly #claimed: ClaimedProject;
  readonly #place: WorkPlace;
  readonly #run: string;
  readonly #stopping = new AbortController();
  /** Done, and not yet told, by their places in the project. */
  readonly #done = new Map<number, string>();
  #working: Promise<void> | undefined;

  /** `run`: what the run is called in this worker's store. */
  constructor(claimed: ClaimedProject, place: WorkPlace, run: string) {
    this.#claimed = claimed;
    this.#place = place;
    this.#run = run;
  }

  add(position: number, step: string): void {
    if (this.#stopping.signal.aborted) return;
    this.#done.set(position, step);
    this.#working ??= this.#work().finally(() => (this.#working = undefined));
  }

  /** Nothing more is shared. */
  giveUp(): void {
    this.#stopping.abort();
  }

  async stop(): Promise<void> {
    this.giveUp();
    await this.#working;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#done.size > 0 && !signal.aborted) {
      try {
        await this.#share(new Map(this.#done));
      } catch {
        return; // The next step brings these along.
      }
    }
  }

  async #share(done: ReadonlyMap<number, string>): Promise<void> {
    const { database, worker } = this.#place;
    const { claim } = this.#claimed;
    const { signal } = this.#stopping;
    const last = Math.max(...done.keys());
    const steps = new Map<number, SharedStep>();
    for (const [position, step] of done) steps.set(position, await this.#shared(step, position === last));
    // Without the news that the database is away: who tells of the build has them.
    const { onChange: _, ...patience } = this.#place.patience;
    await persistently(
      async () => {
        signal.throwIfAborted();
        await whileClaimed(database, claim, async (queries) => await recordShared(queries, claim, { worker, steps }));
      },
      { ...patience, signal },
    );
    for (const position of done.keys()) this.#done.delete(position);
  }

  /** The tree is at the place before anybody is told of it. */
  async #shared(step: string, isLast: boolean): Promise<SharedStep> {
    const { supervisor, exchange } = this.#place;
    const { signal } = this.#stopping;
    const { project } = this.#claimed.claim;
    const which = { run: this.#run, project, step, signal };
    const shared = await supervisor.snapshotStep({ ...which, tree: isLast });
    const workspace = shared.tree?.workspace;
    if (!workspace) return shared;
    const { onChange: _, ...patience } = this.#place.patience;
    const { version } = supervisor.artifacts
      .list()
      .find(({ name, digest }) => name === workspace.name && digest === workspace.digest) ?? { version: 0 };
    await untilPlaceIsBack(
      async () => {
        signal.throwIfAborted();
        await exchange.push({ name: workspace.name, version }, signal);
      },
      { ...patience, signal },
    );
    return shared;
  }
}

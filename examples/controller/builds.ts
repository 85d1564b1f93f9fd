import { setTimeout as wait } from 'node:timers/promises';
import { ContractorError } from './contractor.ts';
import type { Run, RunSummary, SpecSource, Supervisor } from './contractor.ts';
import { Refusal } from './refusal.ts';
import type { Specifications } from './specifications.ts';

/** How long after the events could not be read they are asked for again. */
const AGAIN_MS = 1000;

/** How it stands with a specification after it was looked at. */
export interface Standing {
  /**
   * `begun`: a run of what is wanted was begun, or gone on with. `running`: one is under way already. `waits`: one of an
   * older text is, and what is wanted is built after it. `current`: nothing is to be done. `left`: its last run failed,
   * was cancelled, or waits for a decision, and nobody asked for another.
   */
  readonly state: 'begun' | 'running' | 'waits' | 'current' | 'left';
  /** The newest run of the specification. */
  readonly run?: string;
}

/**
 * Has built what is wanted, one run of a specification at a time.
 *
 * Everything that happens, a push, a hook, the end of a run, the start of the controller, leads to the same look: what
 * is wanted (the file) against what was begun (the store). So it does not matter which of them a crash has swallowed.
 */
export class Builds {
  readonly #supervisor: Supervisor;
  readonly #specifications: Specifications;
  readonly #log: (line: string) => void;
  /** The last look at each specification, so that the next one comes after it. */
  readonly #looks = new Map<string, Promise<unknown>>();
  readonly #refusals = new Map<string, string>();
  #isLeaving = false;

  constructor(supervisor: Supervisor, specifications: Specifications, log: (line: string) => void) {
    this.#supervisor = supervisor;
    this.#specifications = specifications;
    this.#log = log;
  }

  /** Goes on with what an earlier process has left, and begins what it had not begun. */
  async recover(): Promise<void> {
    await Promise.all(this.#specifications.names().map((name) => this.lookLater(name)));
  }

  /** From now on nothing is begun any more. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Why the last look at a specification was of no use; undefined when it was. */
  refusalOf(name: string): string | undefined {
    return this.#refusals.get(name);
  }

  newestRun(name: string): RunSummary | undefined {
    return this.#supervisor.runs({ file: this.#specifications.fileOf(name), limit: 1 })[0];
  }

  /** Looks for what is to be done. What is refused is noted, as there is nobody to be told. */
  async lookLater(name: string): Promise<void> {
    await this.look(name).catch((error: unknown) => {
      this.#log(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /**
   * Builds what is wanted of a specification, unless it was begun already. `again`: also when it was and failed, or when
   * something that it is made of has changed since.
   */
  async look(name: string, { again = false }: { readonly again?: boolean } = {}): Promise<Standing> {
    const before = this.#looks.get(name) ?? Promise.resolve();
    const looked = before.then(async () => await this.#look(name, again));
    this.#looks.set(
      name,
      looked.catch(() => undefined),
    );
    try {
      const standing = await looked;
      this.#refusals.delete(name);
      return standing;
    } catch (error) {
      this.#refusals.set(name, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #look(name: string, again: boolean): Promise<Standing> {
    const text = this.#specifications.read(name);
    if (text === undefined) throw new Refusal(404, `There is no specification \`${name}\`.`, 'Push it first.');
    if (this.#isLeaving) throw new Refusal(503, 'The controller is about to end.', 'Ask again in a moment.');
    const source: SpecSource = { fileName: this.#specifications.fileOf(name), text };
    const newest = this.newestRun(name);
    if (newest === undefined) return await this.#begin(name, source);
    const { id, state } = newest;
    const isSameText = this.#supervisor.runSource(id).text === text;
    if (state === 'running') return { state: isSameText ? 'running' : 'waits', run: id };
    if (state === 'paused') return isSameText ? { state: 'left', run: id } : await this.#begin(name, source);
    if (state === 'adoptable' || state === 'interrupted')
      return isSameText ? await this.#goOn(name, { id, source }) : await this.#begin(name, source);
    if (isSameText && !again) return { state: state === 'built' ? 'current' : 'left', run: id };
    const { projects } = await this.#supervisor.outOfDate(source);
    if (projects.every(({ type }) => type === 'current')) return { state: 'current', run: id };
    return await this.#begin(name, source);
  }

  /** A new build of a file takes over what its last run has finished, and what of it still runs. */
  async #begin(name: string, source: SpecSource): Promise<Standing> {
    return this.#keep(name, await this.#supervisor.build(source));
  }

  async #goOn(name: string, { id, source }: { readonly id: string; readonly source: SpecSource }): Promise<Standing> {
    try {
      return this.#keep(name, await this.#supervisor.resume(id));
    } catch (error) {
      // A newer contractor makes other machines of it; a new run takes over what is finished.
      if (!(error instanceof ContractorError) || error.code !== 'RUN_OF_OTHER_SPEC') throw error;
      return await this.#begin(name, source);
    }
  }

  #keep(name: string, run: Run): Standing {
    this.#log(`${name}: run ${run.id}`);
    run.result.then(
      async (end) => {
        this.#log(`${name}: run ${run.id}: ${end}`);
        // Of the others there is an event. Another text may have come meanwhile.
        if (end === 'paused' && !this.#isLeaving) await this.lookLater(name);
      },
      (error: unknown) => {
        // The run is left unfinished, and the next look goes on with it. Not at once: what broke it off is still there.
        this.#log(`${name}: run ${run.id} broke off: ${error instanceof Error ? error.message : String(error)}`);
      },
    );
    run.collected.catch((error: unknown) => this.#log(`garbage is left: ${String(error)}`));
    return { state: 'begun', run: run.id };
  }

  /** Looks again whenever a run has ended, also one that another process built, as somebody has used the command line. */
  async lookAfterRuns(signal: AbortSignal): Promise<void> {
    for (let after = 'now'; !signal.aborted; await wait(AGAIN_MS, undefined, { signal }).catch(() => undefined)) {
      try {
        for await (const { events, cursor } of this.#supervisor.followAll({ after, signal })) {
          const ended = events.filter(({ type }) => type === 'run-ended').map(({ run }) => this.#nameOf(run));
          for (const name of new Set(ended)) if (name !== undefined) void this.lookLater(name);
          after = cursor;
        }
      } catch (error) {
        this.#log(`the events cannot be read: ${String(error)}`);
      }
    }
  }

  #nameOf(run: string): string | undefined {
    try {
      return this.#specifications.nameOf(this.#supervisor.summary(run).specName);
    } catch (error) {
      if (error instanceof ContractorError && error.code === 'RUN_UNKNOWN') return undefined; // It is gone again.
      throw error;
    }
  }
}

import type { ProjectFate } from '../machines/run-decision.ts';
import type { NewEvent } from './build-event.ts';
import type { RunEvents } from './run-events.ts';
import { Turn, turnOfOthers } from './turn.ts';

type Fates = Readonly<Record<string, ProjectFate>>;

/** Records which projects of a run are skipped. One failure may skip thousands: then piece by piece, and the thread is given back in between. */
export class SkippedProjects {
  readonly #events: Pick<RunEvents, 'commit'>;
  readonly #breakWith: (error: unknown) => void;
  readonly #open: NewEvent[] = [];
  #known: Fates;
  #recording: Promise<void> | undefined;

  /** `known` are the fates that are recorded; `breakWith` hears what keeps others from being. */
  constructor(
    known: Fates,
    { events, breakWith }: { readonly events: Pick<RunEvents, 'commit'>; readonly breakWith: (error: unknown) => void },
  ) {
    this.#known = known;
    this.#events = events;
    this.#breakWith = breakWith;
  }

  /** Records those that are not known yet: a first piece of them at once. */
  note(fates: Fates): void {
    for (const [project, fate] of Object.entries(fates)) {
      if (fate.end !== 'skipped' || this.#known[project] !== undefined) continue;
      const because = fate.because === undefined ? {} : { because: fate.because };
      this.#open.push({ type: 'project-ended', project, result: 'skipped', durationMs: 0, ...because });
    }
    this.#known = fates;
    if (this.#open.length > 0) this.#recording ??= this.#recordAll().catch(this.#breakWith);
  }

  /** Resolves when all of them are recorded, or one could not be. */
  async recorded(): Promise<void> {
    await this.#recording;
  }

  async #recordAll(): Promise<void> {
    for (;;) {
      this.#recordPiece();
      if (this.#open.length === 0) break;
      await turnOfOthers();
    }
    this.#recording = undefined;
  }

  #recordPiece(): void {
    const turn = new Turn();
    this.#events.commit((record) => {
      for (let event = this.#open.shift(); event !== undefined; event = turn.isOver ? undefined : this.#open.shift()) {
        record(event);
      }
    });
  }
}

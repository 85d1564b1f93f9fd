import type { BuildEvent, RunSummary } from '../../index.ts';
import type { RunFacts } from '../facts.ts';
import { hashOf, placeOf, type PagePlace } from './place.ts';
import { applyEvent, emptyModel, stopModel, type RunModel } from './run-model.ts';
import type { RunAction, Source } from './source.ts';

/** A part of the page. It is told that something has changed, and looks what. */
export interface Part {
  render(app: App): void;
}

/** How often times that go on are drawn anew while something runs. */
const TICK_MS = 500;

/**
 * All that the page knows, and the one place where that changes. Parts draw
 * themselves from it, at most once a frame.
 */
export class App {
  readonly source: Source;
  place: PagePlace;
  facts: RunFacts | undefined;
  summary: RunSummary | undefined;
  runs: readonly RunSummary[] = [];
  connection: 'connecting' | 'open' | 'lost' | 'ended' = 'connecting';
  /** A word to whoever looks at the page: a refusal, what was copied. */
  notice = '';
  events: BuildEvent[] = [];
  /** In a replay: how many of the events have happened. Undefined: all that there are. */
  position: number | undefined;
  model: RunModel = emptyModel();
  readonly #parts: Part[] = [];
  #leave: () => void = () => undefined;
  #folded = 0;
  #drawing = false;

  constructor(source: Source) {
    this.source = source;
    this.place = placeOf(location.hash);
    addEventListener('hashchange', () => {
      const before = this.place.run;
      this.place = placeOf(location.hash);
      if (this.place.run !== undefined && this.place.run !== before) this.open(this.place.run);
      this.changed();
    });
    setInterval(() => {
      if (this.isRunning) this.changed();
    }, TICK_MS);
  }

  add(part: Part): void {
    this.#parts.push(part);
  }

  /** What time it is for what is shown: that of the replay, of the end, or now. */
  get now(): number {
    if (this.position !== undefined) return this.model.at;
    return this.isRunning ? Date.now() : (this.model.endedAt ?? this.model.at);
  }

  get isRunning(): boolean {
    return this.summary?.state === 'running' && this.position === undefined && this.model.result === undefined;
  }

  /** Begins to show a run; by default the newest. */
  open(run: string | undefined): void {
    this.#open(run).catch((error: unknown) => this.tell(error));
  }

  async #open(run: string | undefined): Promise<void> {
    this.#leave();
    this.events = [];
    this.position = undefined;
    this.facts = undefined;
    this.#refold();
    this.changed();
    const facts = await this.source.run(run);
    this.facts = facts;
    this.summary = facts.summary;
    const { id } = facts.summary;
    if (this.place.run !== id) this.go({ run: id }, 'replace');
    document.title = `${facts.summary.specName} · ${id}`;
    this.#leave = this.source.follow(id, {
      events: (events) => {
        if (events.length === 0) return;
        // How far a step is has no place in the history.
        const kept = events.filter(({ type }) => type !== 'step-progress');
        this.events.push(...kept);
        if (this.position === undefined) {
          this.#foldOn();
          for (const event of events) if (event.type === 'step-progress') applyEvent(this.model, event);
        }
        this.changed();
      },
      summary: (summary) => {
        this.summary = summary;
        if (this.position === undefined) this.#refold();
        this.changed();
      },
      connection: (state) => {
        this.connection = state;
        this.changed();
      },
    });
    this.runs = await this.source.runs();
    this.changed();
  }

  /** Shows another place. */
  go(change: Partial<PagePlace>, how: 'push' | 'replace' = 'push'): void {
    this.place = { ...this.place, ...change };
    const hash = hashOf(this.place);
    if (hash === location.hash) return;
    if (how === 'push') history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
    this.changed();
  }

  /** Shows the run as it was after so many of its events; undefined: as it is. */
  replay(position: number | undefined): void {
    this.position = position === undefined ? undefined : Math.min(this.events.length, Math.max(0, position));
    this.#refold();
    this.changed();
  }

  /** Does something to the run, and shows the run that comes of it. */
  act(action: RunAction): void {
    const run = this.facts?.summary.id;
    if (run === undefined) return;
    this.tell(action === 'cancel' ? 'Cancelling …' : 'Beginning …');
    this.source.act(run, action).then(
      (id) => {
        this.tell('');
        this.go({ run: id });
        return this.open(id);
      },
      (error: unknown) => this.tell(error),
    );
  }

  tell(what: unknown): void {
    this.notice = what instanceof Error ? what.message : String(what);
    this.changed();
  }

  changed(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      for (const part of this.#parts) part.render(this);
    });
  }

  #foldOn(): void {
    for (; this.#folded < this.events.length; this.#folded += 1) {
      const event = this.events[this.#folded];
      if (event !== undefined) applyEvent(this.model, event);
    }
  }

  #refold(): void {
    this.model = emptyModel();
    this.#folded = 0;
    if (this.position === undefined) {
      this.#foldOn();
      const state = this.summary?.state;
      if (state === 'interrupted' || state === 'adoptable') stopModel(this.model);
      return;
    }
    for (const event of this.events.slice(0, this.position)) applyEvent(this.model, event);
  }
}

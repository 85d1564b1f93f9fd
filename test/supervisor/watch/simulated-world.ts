import type { Cause } from '../../../supervisor/assess/cause.ts';
import type { BuildEvent, ProjectResult } from '../../../supervisor/build-event.ts';
import type { Run } from '../../../supervisor/run.ts';
import { HintBox } from '../../../supervisor/watch/hints.ts';
import type { Hints } from '../../../supervisor/watch/hints.ts';
import type { Found, WatchPorts } from '../../../supervisor/watch/settled-look.ts';
import type { LookedProject } from '../../../supervisor/watch/what-to-build.ts';
import { SimulatedClock } from '../simulated/clock.ts';

/** A project of the simulated world: which sources it reads, and which earlier projects it needs. */
export interface SimulatedProject {
  readonly reads: readonly number[];
  readonly needs: readonly number[];
  readonly buildMs: number;
}

interface SimulatedLook extends Found {
  readonly answers: readonly number[];
}

/** A source that says this cannot be built. */
const BROKEN = 0;

/**
 * Sources with contents, projects that are made of them, and what was built; looking and building take time, in which
 * sources may change. A look asks again only for what was hinted at, as the real one.
 */
export class SimulatedWorld {
  readonly clock: SimulatedClock = new SimulatedClock();
  readonly hints: HintBox = new HintBox();
  readonly contents: number[];
  /** Of each build, which projects it was of. */
  readonly builds: (readonly string[])[] = [];
  /** Each time that a project was built to its end, and how many changes there had been. */
  readonly tries: { readonly project: string; readonly ok: boolean; readonly changes: number }[] = [];
  mostAtOnce = 0;
  readonly #projects: readonly SimulatedProject[];
  readonly #lookMs: number;
  #answers: (number | undefined)[] = [];
  #builtKeys = new Map<string, Set<string>>();
  #outputs = new Map<string, string>();
  #lastTry = new Map<
    string,
    { readonly key: string; readonly ok: boolean; readonly took: readonly (string | undefined)[] }
  >();
  #atOnce = 0;
  #changes = 0;

  constructor(
    projects: readonly SimulatedProject[],
    { contents, lookMs }: { contents: readonly number[]; lookMs: number },
  ) {
    this.#projects = projects;
    this.contents = [...contents];
    this.#lookMs = lookMs;
  }

  /** Changes a source now; its hint comes a little later, as the kernel's do. */
  change(source: number, content: number, hintAfterMs: number): void {
    this.contents[source] = content;
    this.#changes += 1;
    const change = { of: 'file', name: `source ${source}` } as const;
    this.clock.at(this.clock.now() + hintAfterMs, () => this.hints.add({ question: String(source), change }));
  }

  ports(restart: boolean): WatchPorts<SimulatedLook> {
    return {
      hints: this.hints,
      restart,
      now: this.clock.now,
      hostNow: this.clock.now,
      wait: async (ms, signal) => await this.#wait(ms, signal),
      look: async (hints) => await this.#look(hints),
      build: async (found, names) => await Promise.resolve(this.#build(found, names)),
    };
  }

  /** How it stands with each project, by what is there now. */
  ends(): ('current' | 'failed' | 'held' | 'stale')[] {
    const ends: ('current' | 'failed' | 'held' | 'stale')[] = [];
    for (const [index, { needs }] of this.#projects.entries()) {
      const key = this.#keyOf(index, this.contents);
      const last = this.#lastTry.get(nameOf(index));
      if (needs.some((needed) => ends[needed] === 'failed' || ends[needed] === 'held')) ends.push('held');
      else if (this.#builtKeys.get(nameOf(index))?.has(key) === true) ends.push('current');
      else ends.push(last !== undefined && last.key === key && !last.ok ? 'failed' : 'stale');
    }
    return ends;
  }

  async #look({ questions }: Hints): Promise<SimulatedLook> {
    const asked = this.contents.map((_, source) => !(source in this.#answers) || questions.has(String(source)));
    const answers: number[] = [];
    for (const [source, isAsked] of asked.entries()) {
      if (isAsked) await this.#wait(this.#lookMs);
      answers.push(isAsked ? (this.contents[source] ?? -1) : (this.#answers[source] ?? -1));
    }
    this.#answers = answers;
    return { type: 'found', notices: [], changes: [], isUnsettled: false, answers, projects: this.#assess(answers) };
  }

  #assess(answers: readonly number[]): LookedProject[] {
    const open = new Set<string>();
    return this.#projects.map(({ needs, reads }, index) => {
      const project = nameOf(index);
      const names = needs.map(nameOf);
      const inputs = JSON.stringify(reads.map((source) => answers[source]));
      const waited = names.filter((name) => open.has(name));
      if (waited.length > 0) {
        open.add(project);
        return { state: { type: 'waits', project, for: waited }, needs: names, inputs };
      }
      const key = this.#keyOf(index, answers);
      if (this.#builtKeys.get(project)?.has(key) === true) {
        this.#outputs.set(project, key);
        return { state: { type: 'current', project, steps: [] }, needs: names, inputs };
      }
      open.add(project);
      const last = this.#lastTry.get(project);
      const isSame = last?.key === key && !last.ok;
      const other = last === undefined ? -1 : this.#taken(index).findIndex((each, place) => each !== last.took[place]);
      const because: Cause = isSame
        ? { type: 'failed-before', run: 'r' }
        : other === -1
          ? { type: 'outside-changed', before: '', now: inputs }
          : {
              type: 'artifact-changed',
              artifact: names[other] ?? '',
              before: { digest: last?.took[other] ?? '' },
              now: { digest: this.#taken(index)[other] ?? '' },
            };
      return { state: { type: 'stale', project, step: '1', because }, needs: names, inputs };
    });
  }

  #build(found: SimulatedLook, names: readonly string[]): Run {
    const cancelled = new AbortController();
    const events: BuildEvent[] = [];
    let tell = Promise.withResolvers<void>();
    this.builds.push(names);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const emit = (event: object): void => {
      events.push({ run: 'r', at: this.clock.now(), seq: events.length + 1, ...event } as BuildEvent);
      tell.resolve();
      tell = Promise.withResolvers();
    };
    const run = async () => {
      const results = new Map<string, ProjectResult>();
      for (const [index, { needs }] of this.#projects.entries()) {
        const project = nameOf(index);
        if (!names.includes(project)) continue;
        const isSkipped = needs.some((needed) => ['failed', 'skipped'].includes(results.get(nameOf(needed)) ?? ''));
        const result = cancelled.signal.aborted
          ? 'cancelled'
          : isSkipped
            ? 'skipped'
            : await this.#make(index, found.answers, cancelled.signal);
        results.set(project, result);
        emit({ type: 'project-ended', project, result, durationMs: 0 });
      }
      const result = cancelled.signal.aborted
        ? 'cancelled'
        : [...results.values()].includes('failed')
          ? 'failed'
          : 'built';
      this.#atOnce -= 1;
      emit({ type: 'run-ended', result, durationMs: 0 });
      return result;
    };
    const result = run();
    return {
      id: 'r',
      collected: Promise.resolve(undefined),
      result,
      cancel: () => cancelled.abort(),
      events: async function* all() {
        for (let next = 0; ; next += 1) {
          while (events[next] === undefined) await tell.promise;
          const event = events[next] as BuildEvent;
          yield event;
          if (event.type === 'run-ended') return;
        }
      },
    };
  }

  /** What is read at the beginning and is another at the end has made a result that is nobody's. */
  async #make(index: number, answers: readonly number[], signal: AbortSignal): Promise<ProjectResult> {
    const project = nameOf(index);
    const { reads, buildMs } = this.#projects[index]!;
    const before = this.#keyOf(index, this.contents);
    const took = this.#taken(index);
    const broken = reads.some((source) => this.contents[source] === BROKEN);
    await this.#wait(buildMs, signal);
    if (signal.aborted) return 'cancelled';
    const isTold = before === this.#keyOf(index, answers) && before === this.#keyOf(index, this.contents);
    const key = isTold ? before : `${before} of a moment`;
    this.#lastTry.set(project, { key, ok: !broken, took });
    this.tries.push({ project, ok: !broken, changes: this.#changes });
    if (broken) return 'failed';
    this.#builtKeys.set(project, (this.#builtKeys.get(project) ?? new Set()).add(key));
    this.#outputs.set(project, key);
    return 'built';
  }

  /** Of what a project is made: sources, and what those it needs have made. */
  #keyOf(index: number, contents: readonly number[]): string {
    const { reads } = this.#projects[index]!;
    return JSON.stringify([reads.map((source) => contents[source]), this.#taken(index)]);
  }

  /** What those that it needs have made. */
  #taken(index: number): readonly (string | undefined)[] {
    return this.#projects[index]!.needs.map((needed) => this.#outputs.get(nameOf(needed)));
  }

  async #wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const forget = this.clock.at(this.clock.now() + ms, resolve);
      signal?.addEventListener('abort', () => {
        forget();
        resolve();
      });
    });
  }
}

export function nameOf(index: number): string {
  return `p${index}`;
}

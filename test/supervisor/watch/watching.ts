import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { causeText } from '../../../supervisor/assess/cause-text.ts';
import type { WatchOptions } from '../../../supervisor/supervisor.ts';
import type { Watch, WatchEvent } from '../../../supervisor/watch/watch.ts';
import { watchEventSchema } from '../../../supervisor/watch/watch-event-schema.ts';
import type { TestStore } from '../test-store.ts';

const LONGEST_MS = 60_000;

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(watchEventSchema);

/** A specification that is watched, and all that was told of it so far, each event as the published schema says. */
export class Watching {
  readonly events: WatchEvent[] = [];
  readonly #watch: Watch;
  readonly #ended: Promise<void>;
  readonly #longestMs: number;
  #seen = 0;
  #tell = Promise.withResolvers<void>();

  constructor(
    { supervisor, work }: TestStore,
    projects: readonly object[],
    { longestMs = LONGEST_MS, ...options }: WatchOptions & { readonly longestMs?: number } = {},
  ) {
    this.#longestMs = longestMs;
    writeSpec(work, projects);
    // So long that nothing here is found by looking instead of by being told.
    this.#watch = supervisor.watch({ text: '', fileName: join(work, 'build.yaml') }, { pollMs: 600_000, ...options });
    this.#ended = this.#read();
  }

  /** Waits for an event of a type, from where the last wait ended. */
  async until<Type extends WatchEvent['type']>(type: Type): Promise<Extract<WatchEvent, { type: Type }>> {
    const deadline = AbortSignal.timeout(this.#longestMs);
    for (;;) {
      const event = this.events[this.#seen];
      if (event !== undefined) {
        this.#seen += 1;
        if (event.type === type) return event as Extract<WatchEvent, { type: Type }>;
        continue;
      }
      await Promise.race([this.#tell.promise, new Promise((resolve) => deadline.addEventListener('abort', resolve))]);
      if (deadline.aborted) throw new Error(`it never tells ${type}:\n${JSON.stringify(this.events, null, 1)}`);
    }
  }

  /** What was told, in short, since this was asked last. */
  take(): string[] {
    this.#seen = 0;
    return this.events.splice(0).flatMap((event) => {
      switch (event.type) {
        case 'change-noticed':
          return [`changed ${event.changes.map(({ of, name }) => `${of} ${name.split('/').at(-1)}`).join(', ')}`];
        case 'build-needed':
          return event.because.map(({ project, step, cause }) => `${project} ${step}: ${causeText(cause)}`);
        case 'step-started':
          return [`ran ${event.project}/${event.step}`];
        case 'watch-refused':
          return [`refused ${event.code}`];
        case 'watch-idle':
          return [`idle: ${event.current.length} current, ${event.failed.length} failed, ${event.held.length} held`];
        case 'run-ended':
          return [event.result];
        case 'build-restarted':
          return ['restarted'];
        default:
          return [];
      }
    });
  }

  again(): void {
    this.#watch.again();
  }

  async close(): Promise<void> {
    this.#watch.close();
    await this.#ended;
  }

  async #read(): Promise<void> {
    for await (const event of this.#watch) {
      const { type } = event;
      if (!validate(event)) throw new Error(`${type} is not as its schema says: ${JSON.stringify(validate.errors)}`);
      this.events.push(event);
      this.#tell.resolve();
      this.#tell = Promise.withResolvers();
    }
  }
}

/** Writes the specification as an editor does that replaces the file. */
export function writeSpec(work: string, projects: readonly object[]): void {
  writeFileSync(join(work, 'build.yaml'), JSON.stringify({ projects }));
}

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorePaths } from '../store/store-paths.ts';
import type { BuildEvent } from './build-event.ts';

type StepProgress = Extract<BuildEvent, { type: 'step-progress' }>;

/** Who looks from outside needs no more of it. */
const WRITE_EVERY_MS = 500;

/**
 * Tells other processes how far the steps of a run are: by a file beside the lock of the run, which is written over
 * now and then, and goes with the run. No record: it is never flushed, and a disk that does not take it hinders nothing.
 */
export class ToldProgress {
  readonly #file: string;
  readonly #newest = new Map<string, StepProgress>();
  #timer: NodeJS.Timeout | undefined;

  constructor(paths: StorePaths, run: string) {
    this.#file = fileOf(paths, run);
    this.end(); // What an earlier process has told may be long past.
  }

  note(event: StepProgress): void {
    this.#newest.set(`${event.project}/${event.step}`, event);
    if (this.#timer !== undefined) return;
    this.#write();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, WRITE_EVERY_MS).unref();
  }

  /** A step is not under way any more. */
  forget({ project, step }: { readonly project: string; readonly step: string }): void {
    this.#newest.delete(`${project}/${step}`);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    harmlessly(() => rmSync(this.#file, { force: true }));
  }

  #write(): void {
    harmlessly(() => {
      writeFileSync(`${this.#file}.new`, JSON.stringify([...this.#newest.values()]), { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    });
  }
}

/** Gives what has been told of a run since the last call. */
export function toldProgress(paths: StorePaths, run: string): () => readonly StepProgress[] {
  const file = fileOf(paths, run);
  let seen = '';
  let known = new Map<string, string>();
  return () => {
    const found = statSync(file, { throwIfNoEntry: false });
    const version = found === undefined ? '' : `${found.ino} ${found.mtimeMs}`;
    if (version === seen) return [];
    seen = version;
    const all = readIfAny(file);
    const before = known;
    known = new Map(all.map((event) => [`${event.project}/${event.step}`, JSON.stringify(event)]));
    return all.filter((event) => before.get(`${event.project}/${event.step}`) !== JSON.stringify(event));
  };
}

function fileOf({ runs }: StorePaths, run: string): string {
  return join(runs, `${run}.progress`);
}

function readIfAny(file: string): readonly StepProgress[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StepProgress[];
  } catch {
    return []; // It is gone again, or a power cut has torn it.
  }
}

function harmlessly(act: () => void): void {
  try {
    act();
  } catch {
    // Nobody hears how far it is, then.
  }
}

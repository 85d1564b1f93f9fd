import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { hostSandbox } from '../../supervisor/sandbox.ts';

/** So that power cuts fall before, between and after flushes: a run takes some seconds. */
const FLUSH_BEHIND_MS = 700;

/** What is on the disk for certain, said once the flush is complete that brought it there. */
interface Note {
  /** When a flush of the whole file system began, in milliseconds since 1970. */
  readonly at?: number;
  /** How long the log of the database was when the flush began. */
  readonly logBytes?: number;
  /** The database is about to be closed: from here on the log goes into it, and both are flushed in turn. */
  readonly closing?: true;
}

/** Has this process flush often, and note each complete flush in `file`: before the store's marks say so, and whether they say so or not. */
export async function noteFlushes(file: string, store: string): Promise<void> {
  const { syncFileSystems } = hostSandbox;
  Object.assign(hostSandbox, {
    flushBehindMs: FLUSH_BEHIND_MS,
    syncFileSystems: async (paths: readonly string[]) => {
      const before = { at: Date.now(), logBytes: logBytes(store) };
      await syncFileSystems(paths);
      note(file, before);
    },
  });
  const handle = await open('/dev/null');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  // A method that is taken from its prototype is called with `this` again. The log is all that is flushed so.
  const { sync } = prototype;
  prototype.sync = async function noted(this: FileHandle): Promise<void> {
    const before = { logBytes: logBytes(store) };
    await sync.call(this);
    note(file, before);
  };
}

/** To be called before the database is closed. */
export function noteClosing(file: string): void {
  note(file, { closing: true });
}

/** What one life has noted, all together. */
export function notesIn(file: string): { readonly at: number; readonly logBytes: number; readonly closing: boolean } {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  const notes = lines.map((line) => JSON.parse(line) as Note);
  return {
    at: Math.max(0, ...notes.map(({ at }) => at ?? 0)),
    logBytes: Math.max(0, ...notes.map((each) => each.logBytes ?? 0)),
    closing: notes.some(({ closing }) => closing === true),
  };
}

export function logBytes(store: string): number {
  return statSync(join(store, 'contractor.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
}

function note(file: string, what: Note): void {
  appendFileSync(file, `${JSON.stringify(what)}\n`);
}

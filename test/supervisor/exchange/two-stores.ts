import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findIdMap } from '../../../sandbox/id-map.ts';
import { runInIdMap } from '../../../sandbox/run-in-id-map.ts';
import { createSupervisor } from '../../../supervisor/create-supervisor.ts';
import type { Supervisor } from '../../../supervisor/supervisor.ts';

/** Stores of several hosts, as far as one host has them, with a directory that they share. */
export interface Stores {
  readonly top: string;
  /** The directory that is shared, as a place. */
  readonly shared: string;
  /** A store of its own, made when it is first asked for. */
  store(name: string): Supervisor;
  /**
   * Does something in the trees of a store, as whoever may touch files of all their owners. Its `cd` needs `-P`: else dash
   * goes from the root, through directories that are the host's.
   */
  inTrees(name: string, script: string): Promise<string>;
  close(): Promise<void>;
}

export function severalStores(): Stores {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-exchange-')));
  const shared = join(top, 'shared');
  mkdirSync(shared);
  const opened = new Map<string, Supervisor>();
  const inTrees = async (name: string, script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await runInIdMap({
      trees: join(top, name, 'trees'),
      idMap: findIdMap(),
      command: ['/bin/sh', '-euc', script],
    });
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  return {
    top,
    shared,
    inTrees,
    store: (name) => {
      const found = opened.get(name) ?? createSupervisor({ store: join(top, name) });
      opened.set(name, found);
      return found;
    },
    close: async () => {
      for (const [name, supervisor] of opened) {
        await supervisor.close();
        if (existsSync(join(top, name, 'trees'))) await inTrees(name, 'rm -rf layers objects artifacts attempts');
      }
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** The keys at a directory, sorted. What a killed process has left begins with a dot. */
export function keysIn(directory: string, folder = ''): string[] {
  const names = readdirSync(join(directory, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    join(folder, name),
  );
  return names.filter((name) => !name.includes('/.') && statSync(join(directory, name)).isFile()).toSorted();
}

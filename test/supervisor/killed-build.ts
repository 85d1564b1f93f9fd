import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestStore } from './test-store.ts';

/**
 * Has another process build `projects` until it has started `step` (or until one waits, for `waiting`), then calls
 * `meanwhile` and kills it. Gives the id of the run.
 */
export async function killedAt(
  { store, work }: TestStore,
  {
    projects,
    step,
    meanwhile,
    actions,
  }: {
    projects: readonly object[];
    step: string;
    meanwhile?: (run: string) => Promise<void> | void;
    /** A module that exports own actions, by its path. */
    actions?: string;
  },
): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'build-in-child.ts'),
      store,
      work,
      JSON.stringify({ projects }),
      ...(actions === undefined ? [] : [actions]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const [run = '', started] = line.split(' ');
    if (started !== step) continue;
    await meanwhile?.(run);
    child.kill('SIGKILL');
    await exited;
    return run;
  }
  throw new Error(`it never started ${step}`);
}

/** The pids of the keepers of a store: of each the guardian and the one inside. */
export function keeperPids({ store }: TestStore): number[] {
  const directories = readdirSync(join(store, 'keepers')).map((id) => join(store, 'keepers', id));
  // One of a project that has just ended has none any more.
  return directories
    .filter((directory) => existsSync(join(directory, 'pid')))
    .flatMap((directory) =>
      readFileSync(join(directory, 'pid'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => Number(line.split(' ')[0])),
    );
}

/** The pids of processes with exactly these arguments. */
export function pidsOf(...argv: readonly string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === argv.map((word) => `${word}\0`).join('');
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Kills processes, of which some may be gone already. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

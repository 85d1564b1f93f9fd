import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** In ticks since the boot: with the pid it names one process for good. */
  readonly startTime: string;
  readonly command: string;
}

/**
 * The processes that have to do with the directory `top`: by a name below it in their arguments, their
 * environment or as working directory, and all that descends from these. Never this process or one above it.
 */
export function processesOf(top: string): SeenProcess[] {
  const all = allProcesses();
  for (let pid: number | undefined = process.pid; pid !== undefined;) {
    const parent: number | undefined = all.get(pid)?.parent;
    all.delete(pid);
    pid = parent;
  }
  const ours = new Map([...all].filter(([pid]) => names(pid, top)));
  for (let before = -1; before < ours.size;) {
    before = ours.size;
    for (const [pid, seen] of all) if (ours.has(seen.parent)) ours.set(pid, seen);
  }
  return [...ours.values()];
}

/** The guardians and keepers of a store, by the pids that they wrote down and that are still theirs. */
export function keepersOf(
  store: string,
): { readonly id: string; readonly guardian: SeenProcess | undefined; readonly inner: SeenProcess }[] {
  return readdirSync(join(store, 'keepers')).flatMap((id) => {
    const [guardian, inner] = (read(join(store, 'keepers', id, 'pid')) ?? '').split('\n').map((line) => {
      const [pid, startTime] = line.split(' ');
      const seen = pid === undefined || pid === '' ? undefined : processOf(Number(pid));
      return seen?.startTime === startTime ? seen : undefined;
    });
    return inner === undefined ? [] : [{ id, guardian, inner }];
  });
}

/** What does something for a supervisor outside of keepers: workers for file trees, what reads a directory to copy, what flushes. */
export function workersOf({ pid }: SeenProcess): SeenProcess[] {
  const all = allProcesses();
  const isWorker = ({ parent, command }: SeenProcess): boolean =>
    parent === pid && /keeper\.pl exec |\/(tar|sync) --|\bflush\.pl /.test(command);
  const found = new Set([...all.values()].filter(isWorker));
  for (const each of found) for (const below of all.values()) if (below.parent === each.pid) found.add(below);
  return [...found];
}

/** All processes whose command line `words` fits. */
export function processesLike(words: RegExp): SeenProcess[] {
  return [...allProcesses().values()].filter(({ command }) => words.test(command));
}

/** Kills processes in this order; how many were there to be killed. */
export function kill(processes: readonly SeenProcess[], signal: NodeJS.Signals = 'SIGKILL'): number {
  let killed = 0;
  for (const { pid, startTime } of processes) {
    if (processOf(pid)?.startTime !== startTime) continue;
    try {
      process.kill(pid, signal);
      killed++;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return killed;
}

/** A process that runs; zombies are none. See proc(5). */
export function processOf(pid: number): SeenProcess | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state = '', parent, ...fields] = stat.replace(/^.*\) /s, '').split(' ');
  if (/[ZX]/.test(state)) return undefined;
  const command = (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
  return { pid, parent: Number(parent), startTime: fields[17] ?? '', command };
}

function allProcesses(): Map<number, SeenProcess> {
  const all = new Map<number, SeenProcess>();
  for (const name of readdirSync('/proc')) {
    const seen = /^\d+$/.test(name) ? processOf(Number(name)) : undefined;
    if (seen !== undefined) all.set(seen.pid, seen);
  }
  return all;
}

function names(pid: number, top: string): boolean {
  const holds = (text: string | undefined): boolean => text?.includes(`${top}/`) === true;
  return (
    holds(read(`/proc/${pid}/cmdline`)) || holds(read(`/proc/${pid}/environ`)) || holds(`${workingDirectory(pid)}/`)
  );
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ''; // gone, or not ours to look at
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

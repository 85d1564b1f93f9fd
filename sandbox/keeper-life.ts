import { readFileSync } from 'node:fs';

/**
 * Whether the keeper of `directory` lives, by the pids that it wrote down: for a
 * look that must not disturb it. Who acts on it connects.
 */
export function isKeeperAlive(directory: string): boolean {
  const [, keeper] = readIfAny(`${directory}/pid`).split('\n');
  const [pid, startTime] = (keeper ?? '').split(' ');
  if (pid === undefined || startTime === undefined) return false;
  return isProcess(pid, startTime);
}

/** Whether there is a process with this pid that began then, in ticks since the boot. */
export function isProcess(pid: string, startTime: string): boolean {
  // Field 22 of proc(5)'s stat, counted behind the name in brackets; with the pid it names one process for good.
  const fields = readIfAny(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields[19] === startTime && !/[ZX]/.test(fields[0] ?? '');
}

function readIfAny(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

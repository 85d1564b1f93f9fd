import { existsSync, readFileSync } from 'node:fs';
import { findProgramIfAny } from '../../sandbox/programs.ts';
import type { KeeperDiesAt } from './life-order.ts';

/**
 * System calls of a keeper that change what others see of it, and how many of them it takes, from its start
 * on, to come through a few steps. It is killed on entering one, so after everything before it. None that the
 * process of an attempt makes before it becomes bwrap: it would be killed there in every attempt.
 */
export const SYSTEM_CALLS: readonly { readonly name: string; readonly most: number }[] = [
  { name: 'clone', most: 8 },
  { name: 'mount', most: 12 },
  { name: 'umount2', most: 6 },
  { name: 'mkdir', most: 20 },
  { name: 'rename', most: 9 },
  { name: 'kill', most: 5 },
  { name: 'rmdir', most: 9 },
  { name: 'bind', most: 1 },
  { name: 'accept4', most: 3 },
];

/** Whether this host can kill a keeper at a system call. */
export function canTrace(): boolean {
  return findProgramIfAny('strace') !== undefined;
}

/** The kills at system calls that this host, or this user, cannot do; empty when there are none. */
export function notTraced(): string {
  if (!canTrace()) return 'keepers at system calls, since this host has no strace';
  return isRoot() ? '' : 'the inner keeper at system calls, since under strace `newuidmap` is not root';
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** A keeper that strace kills on entering a system call. */
export function traced(
  { systemCall, nth, traceFile }: KeeperDiesAt,
  command: readonly string[],
): [string, readonly string[]] {
  const inject = `inject=${systemCall}:signal=SIGKILL:when=${nth}`;
  return keeperUnder(['-o', traceFile, '-e', `trace=${systemCall}`, '-e', inject], command);
}

/**
 * `command`, a keeper's, under strace. As root its children are followed until they become another
 * program: so neither bwrap nor a step is traced. For others only the guardian is: what it starts to
 * write the id map would lose its set-user-id bit.
 */
export function keeperUnder(options: readonly string[], command: readonly string[]): [string, readonly string[]] {
  const following = isRoot() ? ['-f', '-b', 'execve'] : [];
  return [findProgramIfAny('strace') ?? 'strace', [...following, '-qq', ...options, '--', ...command]];
}

/** Whether strace has killed what it traced, by the call that never came back. */
export function traceKilled(traceFile: string): boolean {
  return existsSync(traceFile) && / = \?$/m.test(readFileSync(traceFile, 'utf8'));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Input } from '../context.ts';

/**
 * Keeps the settings of the terminal, and puts them back when nobody says beforehand that it is not needed. It
 * is no job of the terminal's any more, so the kernel does not stop it for that.
 */
export const GUARD = `saved=$(stty -g) && echo saved && { read -r line <&3 || stty "$saved"; }`;

/**
 * Has the settings of a terminal put back should this process be killed with -9, which would leave it raw: a
 * terminal that echoes nothing. A process of its own waits for that, and holds nothing but the terminal.
 *
 * Resolves when the settings are kept, with what ends it.
 */
export async function guardTerminal({ fd }: Input): Promise<() => Promise<void>> {
  if (fd === undefined) return () => Promise.resolve();
  const guard = spawn('/bin/sh', ['-c', GUARD], {
    detached: true,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: [fd, 'pipe', 'ignore', 'pipe'],
  });
  const [, saved, , line] = guard.stdio as readonly unknown[] as readonly [null, Readable, null, Writable];
  line.on('error', () => undefined); // It has ended.
  const ended = new Promise<void>((resolve) => {
    guard.once('exit', () => resolve());
    guard.once('error', () => resolve()); // Without one it is as it was without this.
  });
  await Promise.race([once(saved, 'data'), ended]);
  return async () => {
    line.end('done\n');
    await ended;
  };
}

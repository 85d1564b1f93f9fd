import type { LimitName } from './limits/limit-name.ts';
import { field } from './keeper-message.ts';
import type { KeeperMessage } from './keeper-message.ts';

/** How a sandboxed command ended, as its keeper saw it. */
export type Exit =
  /** The command itself ended; a signal shows as 128 + its number, as in a shell. */
  | { readonly type: 'exited'; readonly code: number }
  /** Killed at its deadline, or because we were asked to. */
  /** Killed because it had used up what it may. */
  | { readonly type: 'limit'; readonly limit: LimitName; readonly value: number; readonly peak: number }
  | { readonly type: 'deadline' }
  | { readonly type: 'cancelled' }
  /** The sandbox was killed from outside before the command ended. */
  | { readonly type: 'killed'; readonly signal: number }
  /** The keeper is gone, with all that ran in it, and has not recorded an end: the command never ended. */
  | { readonly type: 'lost' }
  /** The sandbox could not be made; the command never ran. */
  | { readonly type: 'broken'; readonly error: string };

/** What an `exited` message says. */
export function exitOf(message: KeeperMessage): Exit {
  const error = field(message, 'error');
  if (error !== undefined) return { type: 'broken', error: error.trim() };
  if (field(message, 'why') === 'limit') {
    const amount = (key: string): number => Number(field(message, key));
    return { type: 'limit', limit: field(message, 'limit') as LimitName, value: amount('value'), peak: amount('peak') };
  }
  if (field(message, 'why') === 'deadline') return { type: 'deadline' };
  if (field(message, 'why') === 'cancelled') return { type: 'cancelled' };
  if (field(message, 'inside') === '1') return { type: 'exited', code: Number(field(message, 'code')) };
  const signal = Number(field(message, 'signal'));
  if (signal !== 0) return { type: 'killed', signal };
  return { type: 'broken', error: 'bwrap could not make the container; the log has its message' };
}

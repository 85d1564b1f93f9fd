/** How a sandboxed command ended, as its keeper saw it. */
export type Exit =
  /** The command itself ended; a signal shows as 128 + its number, as in a shell. */
  | { readonly type: 'exited'; readonly code: number }
  /** Killed at its deadline, or because we were asked to. */
  | { readonly type: 'deadline' }
  | { readonly type: 'cancelled' }
  /** The sandbox was killed from outside before the command ended. */
  | { readonly type: 'killed'; readonly signal: number }
  /** The sandbox could not be made; the command never ran. */
  | { readonly type: 'broken'; readonly error: string };

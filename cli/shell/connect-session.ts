import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Outcome, Session } from '../../index.ts';
import type { Context, Output } from '../context.ts';
import { guardTerminal } from './guard-terminal.ts';

/** Whom a session is connected with. */
export interface Connected {
  readonly context: Context;
  /** What is to be done when the command has ended, and what it has written is still there. */
  readonly beforeEnd?: (outcome: Outcome) => Promise<void>;
}

/** The size of the window, for a command that is to have a terminal: where both ends of ours are one. */
export function windowSize({ openStdin, stdout }: Context): { rows: number; columns: number } | undefined {
  const stdin = openStdin();
  if (stdin.isTTY !== true || stdout.isTTY !== true || stdin.setRawMode === undefined) return undefined;
  return { rows: stdout.rows ?? 24, columns: stdout.columns ?? 80 };
}

/**
 * Hands what is typed to the command, and what it shows to the terminal, until it has ended. Every key goes
 * to it, Ctrl-C too: it is the kernel's job to tell who in there is meant.
 */
export async function connectTerminal(session: Session, connected: Connected): Promise<Outcome> {
  const { openStdin, stdout } = connected.context;
  const stdin = openStdin();
  const type = (keys: Buffer | string): void => void session.data.write(keys);
  const resize = (): void => session.resize({ rows: stdout.rows ?? 24, columns: stdout.columns ?? 80 });
  const releaseTerminal = await guardTerminal(stdin);
  stdin.setRawMode?.(true);
  stdin.on('data', type);
  stdin.resume();
  // Not before: whoever sees that the command is there, and presses Ctrl-C, means the command.
  const shown = copied(session.data, stdout);
  stdout.on('resize', resize);
  resize(); // It may have changed since the size was asked for.
  let outcome: Outcome;
  try {
    outcome = await endOf(session, connected);
  } finally {
    stdin.off('data', type);
    stdout.off('resize', resize);
    stdin.pause();
    stdin.setRawMode?.(false);
    await releaseTerminal();
  }
  await endSession(session, { ...connected, outcome, copies: [shown] });
  return outcome;
}

/** The same for a command without a terminal: its standard input, output and error are ours. */
export async function connectPipes(session: Session, connected: Connected): Promise<Outcome> {
  const { openStdin, stdout, stderr } = connected.context;
  const stdin = openStdin();
  stdin.pipe(session.data);
  try {
    const copies = [copied(session.data, stdout), copied(session.errors, stderr)];
    const outcome = await endOf(session, connected);
    await endSession(session, { ...connected, outcome, copies });
    return outcome;
  } finally {
    stdin.unpipe(session.data);
    // One that stays open must not keep this process.
    stdin.destroy();
  }
}

/** Resolves when the command has ended, or an interruption wants it to. */
async function endOf(session: Session, { context }: Connected): Promise<Outcome> {
  let stop = (): void => undefined;
  const interrupted = new Promise<Outcome>((resolve) => {
    stop = context.onInterrupt((signal) => resolve({ type: 'cancelled', by: signal }));
  });
  try {
    return await Promise.race([session.outcome, interrupted]);
  } finally {
    stop();
  }
}

/** Resolves when nothing of it is left, and everything that it wrote has been handed on. */
async function endSession(
  session: Session,
  { outcome, copies, beforeEnd }: Connected & { readonly outcome: Outcome; readonly copies: readonly Promise<void>[] },
): Promise<void> {
  try {
    await beforeEnd?.(outcome);
  } finally {
    await session.end();
    await Promise.all(copies);
  }
}

async function copied(from: Readable, to: Output): Promise<void> {
  for await (const piece of from) if (!to.write(piece as Buffer)) await once(to, 'drain');
}

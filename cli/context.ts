import type { Readable } from 'node:stream';
import type { Supervisor } from '../index.ts';
import type { ExitStatus } from './exit-status.ts';

/**
 * Everything a command may touch outside of itself. The real one is the
 * process; a test brings its own, and needs no store, terminal or signal.
 */
export interface Context {
  readonly stdin: AsyncIterable<Buffer | string>;
  /** The same as the stream that it is, perhaps a terminal. */
  openStdin(): Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `listener` at each SIGINT and SIGTERM with its name, until the returned function is called. */
  onInterrupt(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
  /** Ends the process at once. */
  exitNow(status: ExitStatus): void;
  createSupervisor(options: { store?: string }): Promise<Supervisor>;
  /** What the process ends with when the command is through. Set by the command; one of {@link ExitStatus}, or that of a program it ran. */
  exitStatus: number;
}

/** What may be a terminal, whose keys can then be had one by one. */
export type Input = Readable & {
  readonly isTTY?: boolean;
  readonly fd?: number;
  setRawMode?(isRaw: boolean): unknown;
};

/** A stream that may be a terminal, which then has a size. */
export type Output = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

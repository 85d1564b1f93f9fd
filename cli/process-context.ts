import type { Context } from './context.ts';
import { EXIT } from './exit-status.ts';

/** What a shell calls a process that wrote to a pipe nobody reads: 128 + SIGPIPE. */
const BROKEN_PIPE = 141;

/** The {@link Context} of this process. */
export function processContext(): Context {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOfPipe);
  return {
    // Only when it is read: the stream brings a good part of Node.
    stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
    openStdin: () => process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    workingDirectory: process.cwd(),
    now: Date.now,
    onInterrupt,
    exitNow: (status) => process.exit(status),
    createSupervisor: async (options) => (await import('../index.ts')).createSupervisor(options),
    exitStatus: EXIT.done,
  };
}

/** `contractor logs | head` ends without a word. A build goes on being resumable: its keepers do not need us. */
function endOfPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(BROKEN_PIPE);
}

/** A hang-up is none of them: it ends this process, and what runs goes on in its keeper, to be resumed. */
function onInterrupt(listener: (signal: 'SIGINT' | 'SIGTERM') => void): () => void {
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}

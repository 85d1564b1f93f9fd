import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { idMapArgument } from './id-map.ts';
import type { IdMap } from './id-map.ts';
import { KEEPER_PROGRAM } from './keeper-program.ts';
import { KilledFromOutside } from './killed-from-outside.ts';
import { findProgram } from './programs.ts';

/** A command of ours for the trees of a store, run as the root of the id map, outside any container. */
export interface MappedCommand {
  /** The directory `trees`, which becomes the working directory. */
  readonly trees: string;
  readonly idMap: IdMap;
  /** Stacks to mount read-only first: where, and the trees, topmost first, relative to `trees/layers`. */
  readonly overlays?: readonly { readonly target: string; readonly lower: readonly string[] }[];
  readonly command: readonly [program: string, ...argv: string[]];
  /** The command takes id 0 by itself, once it has read the files that only the host's user may read. */
  readonly takesRootItself?: boolean;
  readonly input?: string | Readable;
  /** Gets what the command writes; otherwise it is returned. */
  readonly output?: Writable;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** How such a command ended; 128 and more: by a signal. */
export interface MappedEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where {@link MappedCommand.overlays} may be mounted. */
export const OVERLAY_PLACE = '/sys/merged';

/**
 * Runs a command in new user, mount and pid namespaces whose ids are `idMap`'s: it can
 * read, link and delete whatever containers made, and has no power over the host.
 * It ends with this process, however that ends.
 *
 * @throws KilledFromOutside when it was killed, and not because of `signal`
 */
export async function runInIdMap(job: MappedCommand): Promise<MappedEnd> {
  const overlays = (job.overlays ?? []).map(({ target, lower }) => `${target}=${lower.join(':')}`);
  const { execa } = await import('execa');
  const subprocess = execa(
    findProgram('perl'),
    [
      KEEPER_PROGRAM,
      'exec',
      job.trees,
      idMapArgument(job.idMap),
      job.takesRootItself === true ? 'unmapped' : 'root',
      ...overlays,
      '--',
      ...job.command,
    ],
    {
      reject: false,
      cleanup: false, // It listens to the signals of this process for that, which are the program's.
      extendEnv: false,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', KEEPER_PARENT: String(process.pid) },
      stdin: job.input === undefined ? 'ignore' : 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: { stdout: job.output === undefined && job.onLine === undefined, stderr: true },
      ...(job.signal === undefined ? {} : { cancelSignal: job.signal }),
    },
  );
  if (typeof job.input === 'string') subprocess.stdin?.end(job.input);
  else if (job.input !== undefined && subprocess.stdin !== null) {
    subprocess.stdin.on('error', () => undefined); // the command may end before it has read everything
    job.input.pipe(subprocess.stdin);
  }
  if (job.output !== undefined) subprocess.stdout.pipe(job.output);
  if (job.onLine !== undefined) for await (const line of subprocess.iterable()) job.onLine(line);
  const { exitCode, signal, stdout, stderr } = await subprocess;
  // Whoever loses the process that it has just started is ended by SIGPIPE, as it tells that one to go on.
  const isKilled = exitCode === 128 + constants.signals.SIGKILL || signal !== undefined;
  if (isKilled && job.signal?.aborted !== true) throw new KilledFromOutside('A worker for file trees');
  return { exitCode: exitCode ?? 128, stdout: stdout ?? '', stderr: stderr ?? '' };
}

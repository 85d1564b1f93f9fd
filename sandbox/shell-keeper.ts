import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { ContractorError } from '../errors.ts';
import type { Exit } from './exit.ts';
import { idMapArgument } from './id-map.ts';
import { connectKeeper } from './keeper.ts';
import type { KeeperPlace } from './keeper.ts';
import type { KeeperJob } from './keeper-job.ts';
import { KEEPER_PROGRAM } from './keeper-program.ts';
import { groupsArgument, launcherOf } from './limits/control-groups.ts';
import { findProgram } from './programs.ts';

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** A command in a sandbox that somebody talks to. */
export interface TalkingCommand {
  /** What is written is typed, or is its standard input; what it shows, or writes, is read. */
  readonly data: Duplex;
  /** Its standard error; nothing when it has a terminal. */
  readonly errors: Readable;
  /** Tells its terminal that the window has another size. */
  resize(size: TerminalSize): void;
  /** Resolves when it has ended, however; what it has written is kept until {@link end}. */
  readonly exit: Promise<Exit>;
  /** Ends it with all its processes, and removes all that it has written; resolves when that is done. */
  end(): Promise<void>;
}

/**
 * Starts a command with a terminal of its own, of the given size, or with pipes.
 *
 * Its keeper ends with this process, however that ends, and takes with it what the
 * command has written to its file trees: see `keeper/Shell.pm`.
 *
 * @throws SANDBOX_FAILED
 */
export async function startTalkingCommand(
  job: KeeperJob,
  { place, size }: { readonly place: KeeperPlace; readonly size?: TerminalSize },
): Promise<TalkingCommand> {
  const { directory, trees, idMap, groups, hostBinds } = place;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const log = openSync(`${directory}/errors`, 'a', 0o600);
  const how = size === undefined ? 'pipes' : `terminal/${size.rows}/${size.columns}`;
  const argv = [
    'shell',
    how,
    job.attempt,
    directory,
    trees,
    idMapArgument(idMap),
    groupsArgument(groups),
    ...hostBinds,
  ];
  const [program = '', ...words] = [...(launcherOf(groups.kind) ?? []), findProgram('perl'), KEEPER_PROGRAM, ...argv];
  const subprocess = spawn(program, words, {
    detached: true,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', log, 'pipe', 'pipe', 'pipe'],
  });
  closeSync(log);
  const [, ready, , data, errors, control] = subprocess.stdio as readonly unknown[] as Pipes;
  for (const stream of [data, errors, control]) stream.on('error', () => undefined); // It is gone; its end says so.
  const gone = new Promise<void>((resolve) => {
    subprocess.once('exit', () => resolve());
    subprocess.once('error', () => resolve());
  });
  const isReady = await Promise.race([
    new Promise<boolean>((resolve) => {
      ready.once('data', () => resolve(true));
      ready.once('end', () => resolve(false));
    }),
    gone.then(() => false),
  ]);
  const keeper = isReady ? await connectKeeper(directory) : undefined;
  if (keeper === undefined) {
    subprocess.kill('SIGKILL');
    throw new ContractorError(
      'SANDBOX_FAILED',
      `The sandbox could not be made: ${readFileSync(`${directory}/errors`, 'utf8').trim().slice(-500) || 'its keeper was killed'}.`,
      'Run `contractor doctor`.',
    );
  }
  return {
    data,
    errors,
    resize: ({ rows, columns }) => void control.write(`${rows} ${columns}\n`),
    exit: keeper.run(job),
    end: async () => {
      await keeper.quit();
      // The guardian hands over all that was written before it ends; where nobody reads it, it goes nowhere.
      for (const stream of [data, errors]) if (!stream.readableEnded) stream.resume();
      await gone;
    },
  };
}

/** What `spawn` makes for its six descriptors. */
type Pipes = readonly [null, Readable, null, Duplex, Duplex, Duplex];

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ContractorError } from '../errors.ts';
import { bwrapArgv } from './bwrap-argv.ts';
import type { Exit } from './exit.ts';
import { readHostLayout } from './host-layout.ts';
import { idMapArgument } from './id-map.ts';
import type { IdMap } from './id-map.ts';
import { field, keeperLine, parseKeeperLine } from './keeper-message.ts';
import type { KeeperMessage } from './keeper-message.ts';
import { BUILDER } from './policy.ts';
import type { SandboxPolicy } from './policy.ts';
import { findProgram } from './programs.ts';

/** One attempt for a keeper. Layers and trees are named relative to `trees/layers`. */
export interface KeeperJob {
  readonly attempt: string;
  /** The layers below the workspace, topmost first. */
  readonly lower: readonly string[];
  /** Where the sealed layer goes when the command succeeds. */
  readonly layer: string;
  /** The system tree, for a container. With `writable`, changes to it become a layer of their own. */
  readonly root?: {
    readonly tree: string;
    readonly lower: readonly string[];
    readonly writable?: { readonly layer: string };
  };
  readonly policy: SandboxPolicy;
  /** Files that the command finds at `path`, read-only. */
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode: string }[];
  readonly command: readonly string[];
  /** When it is killed, in milliseconds since 1970. */
  readonly deadlineAt?: number;
}

/** How a job ended, and whether its layer is sealed. */
export interface KeeperResult {
  readonly exit: Exit;
  readonly sealed: boolean;
}

/** A connection to a keeper: see `keeper.pl`. One job at a time. */
export interface Keeper {
  run(job: KeeperJob, options?: { readonly signal?: AbortSignal }): Promise<KeeperResult>;
  /** Ends the keeper and waits until nothing runs in it any more; its guardian ends a moment later. */
  quit(): Promise<void>;
}

/** Starts a keeper that outlives this process. `directory` is made; it holds the keeper's lock and socket. */
export async function startKeeper({
  directory,
  trees,
  idMap,
  hostBinds,
}: {
  readonly directory: string;
  readonly trees: string;
  readonly idMap: IdMap;
  /** Host directories that its attempts may be shown read-only, as {@link MOUNTED}.host(0), host(1), … */
  readonly hostBinds: readonly string[];
}): Promise<Keeper> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const errors = openSync(`${directory}/errors`, 'a', 0o600);
  const subprocess = spawn(
    findProgram('perl'),
    [KEEPER_PROGRAM, 'serve', directory, trees, idMapArgument(idMap), ...hostBinds],
    { detached: true, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, stdio: ['ignore', 'pipe', errors] },
  );
  closeSync(errors);
  const { stdout } = subprocess;
  assert(stdout !== null);
  const ready = new Promise<boolean>((resolve) => {
    stdout.once('data', () => resolve(true));
    stdout.once('end', () => resolve(false));
    subprocess.once('error', () => resolve(false));
  });
  if (!(await ready)) throw keeperFailed(directory);
  stdout.destroy();
  subprocess.unref();
  return connectKeeper(directory);
}

/** Connects to the keeper that lives in `directory`. */
export async function connectKeeper(directory: string): Promise<Keeper> {
  // The path of a socket may have 107 bytes; through the directory's descriptor it always fits.
  const fd = openSync(directory, 'r');
  try {
    const socket = connect(`/proc/self/fd/${fd}/socket`);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new ConnectedKeeper(socket, directory);
  } catch (cause) {
    throw keeperFailed(directory, cause);
  } finally {
    closeSync(fd);
  }
}

const KEEPER_PROGRAM = fileURLToPath(new URL('keeper.pl', import.meta.url));

class ConnectedKeeper implements Keeper {
  readonly #socket: Socket;
  readonly #directory: string;
  readonly #gone: Promise<void>;
  #received = '';
  #waiting: { attempt: string; resolve: (result: KeeperResult) => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket, directory: string) {
    this.#socket = socket;
    this.#directory = directory;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => undefined); // `close` follows
    this.#gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#waiting?.reject(keeperFailed(this.#directory));
        resolve();
      });
    });
  }

  async run(job: KeeperJob, { signal }: { readonly signal?: AbortSignal } = {}): Promise<KeeperResult> {
    const cancel = (): void => {
      this.#send({ verb: 'cancel', fields: [['attempt', job.attempt]] });
    };
    try {
      return await new Promise<KeeperResult>((resolve, reject) => {
        if (this.#socket.destroyed) {
          reject(keeperFailed(this.#directory));
          return;
        }
        this.#waiting = { attempt: job.attempt, resolve, reject };
        this.#send(runMessage(job));
        if (signal?.aborted) cancel();
        else signal?.addEventListener('abort', cancel, { once: true });
      });
    } finally {
      this.#waiting = undefined;
      signal?.removeEventListener('abort', cancel);
    }
  }

  async quit(): Promise<void> {
    this.#send({ verb: 'quit', fields: [] });
    await this.#gone;
  }

  #send(message: KeeperMessage): void {
    if (!this.#socket.destroyed) this.#socket.write(keeperLine(message), 'latin1');
  }

  #receive(text: string): void {
    this.#received += text;
    const lines = this.#received.split('\n');
    this.#received = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseKeeperLine(line);
      if (message.verb === 'exited' && field(message, 'attempt') === this.#waiting?.attempt) {
        this.#waiting?.resolve({ exit: exitOf(message), sealed: field(message, 'sealed') === '1' });
      }
    }
  }
}

/** Descriptors 100 and 101 are bwrap's status and options; files follow. */
const FIRST_FILE_FD = 102;

function runMessage(job: KeeperJob): KeeperMessage {
  const { policy, root } = job;
  const id = policy.identity === 'root' ? '0' : String(BUILDER);
  const files = job.files.flatMap(({ path, mode }, index) => [
    '--perms',
    mode,
    '--ro-bind-data',
    String(FIRST_FILE_FD + index),
    path,
  ]);
  const list = (key: string, values: readonly string[]): [string, string][] => values.map((value) => [key, value]);
  return {
    verb: 'run',
    fields: [
      ['attempt', job.attempt],
      ['layer', job.layer],
      ...list('lower', job.lower),
      ...(root === undefined ? [] : [...list('root', [root.tree]), ...list('rootlower', root.lower)]),
      ...(root?.writable === undefined
        ? []
        : [...list('writable', ['1']), ...list('rootlayer', [root.writable.layer])]),
      ['uid', id],
      ['gid', id],
      ['nesting', policy.identity === 'root' ? '0' : '1'],
      ...list('network', policy.type === 'vetted-tool' && policy.network ? ['1'] : []),
      ['program', findProgram('bwrap')],
      ...list('option', [...bwrapArgv(policy, readHostLayout()), ...files]),
      ...list(
        'data',
        job.files.map((file) => file.content),
      ),
      ...list('word', job.command),
      ...(job.deadlineAt === undefined ? [] : list('deadline', [String(job.deadlineAt)])),
    ],
  };
}

/** What an `exited` message says. */
export function exitOf(message: KeeperMessage): Exit {
  const error = field(message, 'error');
  if (error !== undefined) return { type: 'broken', error: error.trim() };
  if (field(message, 'why') === 'deadline') return { type: 'deadline' };
  if (field(message, 'why') === 'cancelled') return { type: 'cancelled' };
  if (field(message, 'inside') === '1') return { type: 'exited', code: Number(field(message, 'code')) };
  const signal = Number(field(message, 'signal'));
  if (signal !== 0) return { type: 'killed', signal };
  return { type: 'broken', error: 'bwrap could not make the container; the log has its message' };
}

function keeperFailed(directory: string, cause?: unknown): ContractorError {
  return new ContractorError(
    'SANDBOX_FAILED',
    `The keeper in ${directory} could not start or is gone; its last words are in ${directory}/errors.`,
    'Run `contractor doctor`, then `contractor resume`.',
    { cause },
  );
}

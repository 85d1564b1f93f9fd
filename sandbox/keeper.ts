import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { assert, ContractorError } from '../errors.ts';
import { exitOf } from './exit.ts';
import type { Exit } from './exit.ts';
import { idMapArgument } from './id-map.ts';
import type { IdMap } from './id-map.ts';
import { runMessage } from './keeper-job.ts';
import type { KeeperJob } from './keeper-job.ts';
import { groupsArgument, launcherOf } from './limits/control-groups.ts';
import type { ControlGroups } from './limits/control-groups.ts';
import { KEEPER_PROGRAM } from './keeper-program.ts';
import { field, keeperLine, parseKeeperLine } from './keeper-message.ts';
import type { KeeperMessage, KeeperOrder } from './keeper-message.ts';
import { boundTo } from './processors.ts';
import { findProgram } from './programs.ts';

/** A connection to a keeper: see `keeper.pl`. One job at a time. */
export interface Keeper {
  /** The attempt that ran in it when we came. */
  readonly found: string | undefined;
  /** Runs a job. Resolves also when the keeper dies meanwhile, with the exit `lost`. */
  run(job: KeeperJob, options?: RunInKeeper): Promise<Exit>;
  /** Waits for the attempt {@link found}, as if we had started it. */
  adopt(options?: Pick<RunInKeeper, 'signal'>): Promise<Exit>;
  /** Ends the keeper and waits until nothing runs in it any more; its guardian ends a moment later. */
  quit(): Promise<void>;
  /** Says nothing more and hears nothing more: what runs in it goes on, as after the death of this process. */
  leave(): void;
}

/** How a job is run. */
export interface RunInKeeper {
  readonly signal?: AbortSignal | undefined;
  /** Called when its command has been let begin; what its keeper has read from the kernel is written down then. */
  readonly onBegun?: (() => void) | undefined;
}

/** Where a keeper lives, and what it is for. */
export interface KeeperPlace {
  /** Is made; holds the keeper's lock and socket. */
  readonly directory: string;
  readonly trees: string;
  readonly idMap: IdMap;
  /** Host directories that its attempts may be shown read-only, as {@link MOUNTED}.host(0), host(1), … */
  readonly hostBinds: readonly string[];
  /** What its attempts are held to their limits by. */
  readonly groups: ControlGroups;
  /** The only processors that it and its attempts run on, and see. Default: those of this process. */
  readonly processors?: readonly number[];
}

/**
 * Starts a keeper that outlives this process, or finds the one that a killed supervisor had just started.
 *
 * Undefined when it was killed before one could talk to it, which says nothing of the host.
 * @throws SANDBOX_FAILED when it ended by itself, and so would again
 */
export async function startKeeper(place: KeeperPlace): Promise<Keeper | undefined> {
  mkdirSync(place.directory, { recursive: true, mode: 0o700 });
  for (const until = performance.now() + LONGEST_HELD_MS; ;) {
    const end = await keeperOf(place);
    if (typeof end !== 'number') return end;
    const found = await connectKeeper(place.directory);
    if (found !== undefined) return found;
    if (end !== HELD || performance.now() > until) throw keeperFailed(place.directory);
    await wait(HELD_LOOK_MS);
  }
}

/** A keeper that was started now; the status of one that ended by itself; undefined for one that was killed. */
async function keeperOf({
  directory,
  trees,
  idMap,
  hostBinds,
  groups,
  processors,
}: KeeperPlace): Promise<Keeper | number | undefined> {
  const errors = openSync(`${directory}/errors`, 'a', 0o600);
  const argv = ['serve', directory, trees, idMapArgument(idMap), groupsArgument(groups), ...hostBinds];
  const launcher = [...(launcherOf(groups.kind) ?? []), ...boundTo(processors)];
  const [program = '', ...words] = [...launcher, findProgram('perl'), KEEPER_PROGRAM, ...argv];
  const subprocess = spawn(program, words, {
    detached: true,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['ignore', 'pipe', errors],
  });
  closeSync(errors);
  const { stdout } = subprocess;
  assert(stdout !== null);
  const status = new Promise<number | null>((resolve) => {
    subprocess.once('exit', resolve);
    subprocess.once('error', () => resolve(COULD_NOT_START));
  });
  const ready = new Promise<boolean>((resolve) => {
    stdout.once('data', () => resolve(true));
    stdout.once('end', () => resolve(false));
    subprocess.once('error', () => resolve(false));
  });
  const keeper = (await ready) ? await connectKeeper(directory) : undefined;
  stdout.destroy();
  if (keeper === undefined) {
    const ended = await status;
    if (ended === COULD_NOT_START || ended === HELD) return ended;
  }
  subprocess.unref();
  return keeper;
}

/** The status when another keeper holds the directory: one that is about to end, or has only just begun. */
const HELD = 75;
const HELD_LOOK_MS = 20;
const LONGEST_HELD_MS = 30_000;

/** The status with which `keeper.pl` ends by itself when something fails. */
const COULD_NOT_START = 125;

/** Connects to the keeper that lives in `directory`; undefined when none does. */
export async function connectKeeper(directory: string): Promise<Keeper | undefined> {
  let fd: number;
  try {
    fd = openSync(directory, 'r');
  } catch {
    return undefined;
  }
  try {
    // The path of a socket may have 107 bytes; through the directory's descriptor it always fits.
    const socket = connect(`/proc/self/fd/${fd}/socket`);
    const keeper = new ConnectedKeeper(socket);
    return (await keeper.greeted) ? keeper : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Waits until the keeper of `directory` and everything that ran in it are gone. It does not make them go. */
export async function keeperGone(directory: string): Promise<void> {
  const waiter = spawn(findProgram('perl'), [KEEPER_PROGRAM, 'await-end', directory], { env: {}, stdio: 'ignore' });
  await new Promise((resolve) => {
    waiter.once('close', resolve);
    waiter.once('error', resolve);
  });
}

class ConnectedKeeper implements Keeper {
  found: string | undefined;
  /** Whether there is a keeper behind the socket: it speaks first. */
  readonly greeted: Promise<boolean>;
  readonly #socket: Socket;
  readonly #gone: Promise<void>;
  #greet: (isThere: boolean) => void = () => undefined;
  #received = '';
  #waiting:
    ({ readonly attempt: string; readonly resolve: (exit: Exit) => void } & Pick<RunInKeeper, 'onBegun'>) | undefined;
  #isLeft = false;
  /** What was said of an attempt before anybody asked. */
  #said: KeeperMessage | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.greeted = new Promise((resolve) => (this.#greet = resolve));
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#receive(text));
    socket.on('error', () => undefined); // `close` follows
    this.#gone = new Promise((resolve) => {
      socket.once('close', () => {
        this.#greet(false);
        this.#waiting?.resolve({ type: 'lost' });
        resolve();
      });
    });
  }

  async run(job: KeeperJob, { signal, onBegun }: RunInKeeper = {}): Promise<Exit> {
    return await this.#await(job.attempt, { signal, onBegun, begin: () => this.#send(runMessage(job)) });
  }

  async adopt({ signal }: Pick<RunInKeeper, 'signal'> = {}): Promise<Exit> {
    assert(this.found !== undefined, 'no attempt was found in the keeper');
    return await this.#await(this.found, { signal, begin: () => undefined });
  }

  async quit(): Promise<void> {
    this.#send({ verb: 'quit', fields: [] });
    await this.#gone;
  }

  leave(): void {
    this.#isLeft = true;
    this.#waiting?.resolve({ type: 'lost' });
    this.#socket.destroySoon(); // An order that is half sent is sent first.
  }

  async #await(
    attempt: string,
    { signal, onBegun, begin }: RunInKeeper & { readonly begin: () => void },
  ): Promise<Exit> {
    const cancel = (): void => this.#send({ verb: 'cancel', fields: [['attempt', attempt]] });
    try {
      return await new Promise<Exit>((resolve) => {
        if (this.#said !== undefined && field(this.#said, 'attempt') === attempt) {
          resolve(exitOf(this.#said));
          return;
        }
        if (this.#isLeft || this.#socket.destroyed) {
          resolve({ type: 'lost' });
          return;
        }
        this.#waiting = { attempt, resolve, onBegun };
        begin();
        if (signal?.aborted) cancel();
        else signal?.addEventListener('abort', cancel, { once: true });
      });
    } finally {
      this.#waiting = undefined;
      signal?.removeEventListener('abort', cancel);
    }
  }

  #send(message: KeeperOrder): void {
    if (!this.#isLeft && !this.#socket.destroyed) this.#socket.write(keeperLine(message), 'latin1');
  }

  #receive(text: string): void {
    this.#received += text;
    const lines = this.#received.split('\n');
    this.#received = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseKeeperLine(line);
      if (message.verb === 'running') this.found = field(message, 'attempt');
      const isAwaited = field(message, 'attempt') === this.#waiting?.attempt;
      if (message.verb === 'begun') {
        if (isAwaited) this.#waiting?.onBegun?.();
      } else if (message.verb !== 'exited') this.#greet(true);
      else if (isAwaited) this.#waiting?.resolve(exitOf(message));
      else this.#said = message;
    }
  }
}

function keeperFailed(directory: string): ContractorError {
  return new ContractorError(
    'SANDBOX_FAILED',
    `The keeper in ${directory} could not start: ${lastWords(directory)}.`,
    'Run `contractor doctor`, then `contractor resume`.',
  );
}

/** The directory goes with the project, so they have to be told. */
function lastWords(directory: string): string {
  const words = readFileSync(`${directory}/errors`, 'utf8').trim().slice(-500);
  return words === '' ? 'it said nothing' : words;
}

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { keepersOf, processOf } from '../../crash/processes.ts';
import type { SeenProcess } from '../../crash/processes.ts';
import { clockIn } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Port } from './network.ts';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');

/** What starts a service again that has ended waits so long. */
const RESTART_MS = 500;

/** What a worker may end with by itself: what it needs is away as it begins. */
const AWAY = /\[(DATABASE_UNUSABLE|PLACE_UNUSABLE)\]/;

/** What a host is made of. */
export interface WorkerHostOptions {
  readonly name: string;
  /** The directory that every process of the session names. */
  readonly top: string;
  readonly url: string;
  readonly place: string;
  readonly port: Port | undefined;
  /** It has ended by itself, and not as it may: what it said. */
  readonly onFault: (words: string) => void;
}

/** A host with one worker, that is started again when it has ended, as services are. */
export class WorkerHost {
  readonly name: string;
  /** Named by each of its processes. */
  readonly directory: string;
  readonly store: string;
  readonly port: Port | undefined;
  readonly clock: Clock | undefined;
  readonly #options: WorkerHostOptions;
  #child: ChildProcess | undefined;
  #words = '';
  #isDown = false;
  #isOver = false;
  starts = 0;

  constructor(options: WorkerHostOptions) {
    const { name, top, port } = options;
    this.#options = options;
    this.name = name;
    this.port = port;
    this.directory = join(top, name);
    this.store = join(this.directory, 'store');
    mkdirSync(this.directory);
    mkdirSync(this.store, { mode: 0o700 });
    this.clock = clockIn(join(this.directory, 'clock'));
    this.#start();
  }

  get worker(): SeenProcess | undefined {
    const { pid } = this.#child ?? {};
    return pid === undefined ? undefined : processOf(pid);
  }

  /** Guardians and keepers of what it builds. */
  get keepers(): ReturnType<typeof keepersOf> {
    return existsSync(join(this.store, 'keepers')) ? keepersOf(this.store) : [];
  }

  get words(): string {
    return this.#words;
  }

  /** From now on it is not started again: it is down. */
  holdDown(): void {
    this.#isDown = true;
  }

  bringUp(): void {
    this.#isDown = false;
    if (this.#child === undefined) this.#start();
  }

  /** It is not looked after any more. */
  leave(): void {
    this.#isOver = true;
  }

  /** Lets it finish what it has. Gives what it ended with. */
  async end(): Promise<number | null> {
    this.#isOver = true;
    const child = this.#child;
    if (child === undefined) return 0;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = (await exited) as [number | null];
    return code;
  }

  #start(): void {
    const { top, url, place, port } = this.#options;
    const argv = [MAIN, '--store', this.store, '--database', url, 'worker', '--artifacts', place, '-j', '1'];
    const command = [...(port?.within ?? []), process.execPath, '--disable-warning=ExperimentalWarning', ...argv];
    const [program = '', ...words] = command;
    const env = { ...process.env, NODE_COMPILE_CACHE: join(top, 'compiled'), ...this.clock?.env };
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#child = child;
    this.starts += 1;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        this.#words += text;
      });
    }
    child.once('exit', (code, signal) => void this.#ended({ code, signal, said: () => said }));
  }

  async #ended({
    code,
    signal,
    said,
  }: {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly said: () => string;
  }): Promise<void> {
    this.#child = undefined;
    await wait(RESTART_MS);
    this.#words += `(it has ended: ${code ?? signal})\n`;
    if (this.#isOver) return;
    if (signal !== 'SIGKILL' && !AWAY.test(said())) {
      this.#options.onFault(`${this.name} has ended by itself with ${code ?? signal}: ${said().slice(-2000)}`);
    }
    if (!this.#isDown && this.#child === undefined) this.#start();
  }
}

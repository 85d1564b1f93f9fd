import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { KilledFromOutside } from '../sandbox/killed-from-outside.ts';
import { findProgram } from '../sandbox/programs.ts';

/** From any directory beside `sandbox`, as the bundle keeps this file in another. */
const PROGRAM = fileURLToPath(new URL('../sandbox/flush.pl', import.meta.url));

const DONE = 'done';

/** A process that flushes file systems as often as it is asked to: see `flush.pl`. It keeps no program from ending, and ends with it. */
export class FlushHelper {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #said = '';
  #waiting: PromiseWithResolvers<string | undefined> | undefined;
  #end: Error | string | undefined;

  constructor(paths: readonly string[]) {
    const env = { LC_ALL: 'C.UTF-8' };
    const child = spawn(findProgram('perl'), [PROGRAM, ...paths], { cwd: '/', env, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child = child;
    child.stdin.on('error', () => undefined); // It has ended, which is heard below.
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    child.once('error', (error) => this.#ended(error.message));
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL') this.#ended(new KilledFromOutside('What flushes the disk'));
      else this.#ended(this.#said.trim() || `what flushes it ended with ${signal ?? code}`);
    });
    child.unref();
    (child.stdin as Socket).unref();
    (child.stdout as Socket).unref();
  }

  /** False once the process has ended. */
  get isThere(): boolean {
    return this.#end === undefined;
  }

  /** What the disk has refused, if it has. One at a time. @throws KilledFromOutside */
  async flush(): Promise<string | undefined> {
    const waiting = Promise.withResolvers<string | undefined>();
    if (this.#end instanceof Error) throw this.#end;
    if (this.#end !== undefined) return this.#end;
    this.#waiting = waiting;
    (this.#child.stdout as Socket).ref();
    this.#child.stdin.write('\n');
    try {
      return await waiting.promise;
    } finally {
      this.#waiting = undefined;
      (this.#child.stdout as Socket).unref();
    }
  }

  end(): void {
    this.#end ??= 'it has ended';
    this.#child.stdin.end();
  }

  #hear(text: string): void {
    this.#said += text;
    if (!this.#said.endsWith('\n')) return;
    const said = this.#said.trim();
    this.#said = '';
    this.#waiting?.resolve(said === DONE ? undefined : said);
  }

  #ended(end: Error | string): void {
    this.#end ??= end;
    if (end instanceof Error) this.#waiting?.reject(end);
    else this.#waiting?.resolve(end);
  }
}

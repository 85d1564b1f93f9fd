import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BuildEvent, EventBunch } from '../../../index.ts';
import { openTestStore } from '../../supervisor/test-store.ts';
import type { TestStore } from '../../supervisor/test-store.ts';

const main = join(import.meta.dirname, '../../../examples/controller/main.ts');
export const TOKEN = 'a token that only the tests know';
export const SECRET = 'a secret that the git server has too';

/** The controller of the examples as a process of its own, which can be killed and started again over the same data. */
export class RunningController {
  readonly shelf: TestStore;
  readonly #directory: string;
  readonly #hooks: object;
  #child: ChildProcess | undefined;
  #url = '';
  /** What it has logged, over all its lives. */
  log = '';

  private constructor(directory: string, shelf: TestStore, hooks: object) {
    this.#directory = directory;
    this.shelf = shelf;
    this.#hooks = hooks;
  }

  /** Its store holds the artifact `tiny`. */
  static async start(hooks: object = {}): Promise<RunningController> {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-controller-')));
    const shelf = await openTestStore(join(directory, 'data/store'));
    const controller = new RunningController(directory, shelf, hooks);
    await controller.startAgain();
    return controller;
  }

  async startAgain(): Promise<void> {
    const file = (name: string, text: string): string => {
      writeFileSync(join(this.#directory, name), text);
      return name;
    };
    const settings = { data: 'data', port: 0, tokenFile: file('token', `${TOKEN}\n`), hooks: this.#hooks };
    file('secret', `${SECRET}\n`);
    file('settings.json', JSON.stringify(settings));
    const child = spawn(process.execPath, [main, join(this.#directory, 'settings.json')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    for await (const line of createInterface(child.stdout)) {
      this.#url = /^listening at (\S+)$/.exec(line)?.[1] ?? '';
      if (this.#url !== '') return;
    }
    throw new Error(`it did not start: ${this.log}`);
  }

  /** Gives the exit status; null of one that was killed. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined) return null;
    this.#child = undefined;
    const exited = once(child, 'exit');
    child.kill(signal);
    return ((await exited) as [number | null])[0];
  }

  /** With the token, unless `headers` has another. */
  async ask(path: string, { headers, ...options }: RequestInit = {}): Promise<Response> {
    return await fetch(`${this.#url}${path}`, {
      ...options,
      headers: { Authorization: `Bearer ${TOKEN}`, ...(headers as Record<string, string>) },
    });
  }

  /** What is answered, as JSON, with its status. */
  async json(path: string, options?: RequestInit): Promise<Record<string, unknown> & { readonly status: number }> {
    const response = await this.ask(path, options);
    return { ...((await response.json()) as object), status: response.status };
  }

  async push(name: string, projects: readonly object[]): Promise<Record<string, unknown> & { readonly run: string }> {
    const answer = await this.json(`/specifications/${name}`, { method: 'POST', body: JSON.stringify({ projects }) });
    return { ...answer, run: String(answer['run']) };
  }

  /** The kept events of a run, until the client is told that there are no more. */
  async *events(run: string): AsyncGenerator<BuildEvent, void, undefined> {
    for await (const data of this.#messages(`/runs/${run}/events`)) yield data as BuildEvent;
  }

  /** The events of all runs, without end. */
  async *allEvents(): AsyncGenerator<BuildEvent, void, undefined> {
    for await (const data of this.#messages('/events')) yield* (data as EventBunch).events;
  }

  /** What has an id of a stream, as a client has it that comes back with the last id whenever its stream breaks. */
  async *#messages(path: string): AsyncGenerator<unknown, void, undefined> {
    let last: string | undefined;
    for (;;) {
      try {
        const response = await this.ask(path, last === undefined ? {} : { headers: { 'Last-Event-ID': last } });
        if (response.status === 204) return;
        let text = '';
        for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
          const whole = `${text}${chunk}`.split('\n\n');
          text = whole.pop() ?? '';
          for (const message of whole) {
            const fields = new Map(
              message.split('\n').map((line) => [line.split(': ')[0], line.slice(line.indexOf(': ') + 2)]),
            );
            if (fields.get('event') === 'end') return;
            const id = fields.get('id');
            if (id === undefined) continue;
            last = id;
            yield JSON.parse(fields.get('data') ?? '');
          }
        }
      } catch (error) {
        // It is not there just now.
        if (!(error instanceof TypeError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Cancels what is not ended, so that nothing runs on. */
  async close(): Promise<void> {
    await this.end('SIGKILL');
    for (const { id, endedAt } of this.shelf.supervisor.runs()) {
      if (endedAt === undefined) await this.shelf.supervisor.cancel(id);
    }
    await this.shelf.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_MS = 50;
const LONGEST_MS = 40_000;

/** Whether this host has what plays a terminal. */
export const hasTmux: boolean = spawnSync('tmux', ['-V']).status === 0;

/** A terminal with a shell in it, and the contractor of this checkout as `contractor`. */
export class Terminal {
  readonly #directory = mkdtempSync(join(tmpdir(), 'contractor-terminal-'));

  constructor(env: Readonly<Record<string, string>>) {
    const main = join(import.meta.dirname, '../../../cli/main.ts');
    this.#tmux(
      'new-session',
      '-d',
      '-x',
      '100',
      '-y',
      '30',
      'env',
      ...assignments({ ...env, PS1: '$ ', TERM: 'tmux' }),
      '/bin/sh',
    );
    this.type(`contractor() { ${process.execPath} ${main} "$@"; }; clear`);
  }

  /** Types a line. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', '--', line);
    this.key('Enter');
  }

  /** Presses a key, by its name for tmux: `C-c`. */
  key(name: string): void {
    this.#tmux('send-keys', name);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Waits until the screen shows it, and gives the screen. */
  async shows(what: RegExp): Promise<string> {
    for (const until = performance.now() + LONGEST_MS; ;) {
      const screen = this.#tmux('capture-pane', '-p');
      if (what.test(screen)) return screen;
      if (performance.now() > until) throw new Error(`the terminal never shows ${what.source}:\n${screen}`);
      await wait(LOOK_MS);
    }
  }

  close(): void {
    this.#tmux('kill-server');
    rmSync(this.#directory, { recursive: true });
  }

  #tmux(...words: readonly string[]): string {
    const own = ['-S', join(this.#directory, 'socket'), '-f', '/dev/null'];
    return execFileSync('tmux', [...own, ...words], { encoding: 'utf8' });
  }
}

function assignments(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

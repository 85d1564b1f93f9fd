import { Readable } from 'node:stream';
import { runCommandLine } from '../../../cli/command-line.ts';
import type { Context } from '../../../cli/context.ts';
import type { Supervisor } from '../../../index.ts';
import { capture } from './screen.ts';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The stores that were opened, the default one as `undefined`. */
  readonly stores: readonly (string | undefined)[];
  readonly exitedAtOnce: boolean;
}

export interface CommandSetting {
  readonly supervisor?: Partial<Supervisor>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly workingDirectory?: string;
  readonly terminal?: { columns: number; rows: number };
  /** Called with what stands for pressing Ctrl-C, once somebody listens for it. */
  readonly interruptible?: (interrupt: () => void) => void;
}

/** Runs a command line against a supervisor of which only the given parts exist. */
export async function command(line: string | readonly string[], setting: CommandSetting = {}): Promise<CommandResult> {
  const { supervisor = {}, env = {}, stdin = '', workingDirectory = '/', terminal, interruptible } = setting;
  const stdout = capture(terminal);
  const stderr = capture();
  const stores: (string | undefined)[] = [];
  let closed = 0;
  let exitedAtOnce = false;
  const context: Context = {
    stdin: Readable.from([Buffer.from(stdin)]),
    openStdin: () => Readable.from([Buffer.from(stdin)]),
    stdout: stdout.output,
    stderr: stderr.output,
    env,
    workingDirectory,
    now: () => Date.UTC(2026, 0, 1, 0, 1),
    onInterrupt: (listener) => {
      interruptible?.(() => listener('SIGINT'));
      return () => {};
    },
    exitNow: () => {
      exitedAtOnce = true;
    },
    createSupervisor: ({ store }) => {
      stores.push(store);
      const close = (): Promise<void> => {
        closed += 1;
        return Promise.resolve();
      };
      return Promise.resolve({ close, ...supervisor } as Supervisor);
    },
    exitStatus: 0,
  };
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  const status = await runCommandLine(words, context);
  if (closed !== stores.length) throw new Error(`${stores.length} supervisors were opened, ${closed} closed`);
  return { status, stdout: stdout.text(), stderr: stderr.text(), stores, exitedAtOnce };
}

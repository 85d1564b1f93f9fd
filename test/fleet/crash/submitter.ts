import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../../cli/main.ts');

/** A `contractor build --database` in a process of its own. */
export interface Submitter {
  /** How it ended; 'SIGKILL' when it was killed. */
  readonly ended: Promise<number | 'SIGKILL'>;
  said(): string;
  /** False when it has ended already. */
  kill(): boolean;
}

/** Hands a specification in and looks on. */
export function submit({
  file,
  url,
  place,
  store,
  top,
}: {
  readonly file: string;
  readonly url: string;
  readonly place: string;
  readonly store: string;
  readonly top: string;
}): Submitter {
  const { child, said } = contractor({ top, store, url }, [
    'build',
    file,
    '--artifacts',
    place,
    '-k',
    '--no-cache',
    '--progress',
    'plain',
  ]);
  return {
    ended: once(child, 'exit').then(([code, signal]) => (signal === 'SIGKILL' ? 'SIGKILL' : Number(code))),
    said,
    kill: () => child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'),
  };
}

/** What `contractor status --json` says of a run, as it is. */
export async function statusOf(
  run: string,
  place: { readonly top: string; readonly store: string; readonly url: string },
): Promise<string> {
  const { child, said } = contractor(place, ['status', run, '--json']);
  await once(child, 'close');
  return said();
}

function contractor(
  { top, store, url }: { readonly top: string; readonly store: string; readonly url: string },
  line: readonly string[],
): { readonly child: ReturnType<typeof spawn>; readonly said: () => string } {
  const argv = ['--disable-warning=ExperimentalWarning', MAIN, '--store', store, '--database', url, ...line];
  const env = { ...process.env, NODE_COMPILE_CACHE: join(top, 'compiled'), NO_COLOR: '1' };
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => (text += more));
  }
  return { child, said: () => text };
}

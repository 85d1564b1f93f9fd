import { execFile } from 'node:child_process';
import { ContractorError } from '../errors.ts';
import { KilledFromOutside, unlessKilledAgain } from '../sandbox/killed-from-outside.ts';
import { findProgram } from '../sandbox/programs.ts';
import { FlushHelper } from './flush-helper.ts';

/** Brings everything that was written to the file systems of these paths to their disks. @throws STORE_UNUSABLE */
export type SyncFileSystems = (paths: readonly string[]) => Promise<void>;

/** Who flushes again within that time does it often: a process for it is worth keeping. */
const OFTEN_MS = 2000;
/** As long as that process is kept for who does not flush any more. */
const IDLE_MS = 10_000;

/** The flushes of the same paths. */
interface Flushes {
  running: Promise<void> | undefined;
  /** Begins when the one that runs has ended: who comes meanwhile has written what that may not have seen. */
  next: Promise<void> | undefined;
  helper: FlushHelper | undefined;
  endedAt: number;
  idle: NodeJS.Timeout | undefined;
}

const flushesOf = new Map<string, Flushes>();

/**
 * syncfs(2) of the file systems that hold `paths`, for which Node has no function. All that was written before it is called is on
 * the disk when it resolves. Those who come while a flush runs share the next.
 *
 * @throws STORE_UNUSABLE
 */
export async function syncFileSystems(paths: readonly string[]): Promise<void> {
  const key = JSON.stringify(paths);
  const flushes: Flushes = flushesOf.get(key) ?? {
    running: undefined,
    next: undefined,
    helper: undefined,
    endedAt: -Infinity,
    idle: undefined,
  };
  flushesOf.set(key, flushes);
  if (flushes.running === undefined) return await begin(paths, flushes);
  flushes.next ??= flushes.running
    .catch(() => undefined)
    .then(async () => {
      flushes.next = undefined;
      await begin(paths, flushes);
    });
  await flushes.next;
}

async function begin(paths: readonly string[], flushes: Flushes): Promise<void> {
  clearTimeout(flushes.idle);
  flushes.running = unlessKilledAgain(async () => await flushOnce(paths, flushes)).finally(() => {
    flushes.running = undefined;
    flushes.endedAt = performance.now();
    flushes.idle = setTimeout(() => {
      flushes.helper?.end();
      flushesOf.delete(JSON.stringify(paths));
    }, IDLE_MS).unref();
  });
  await flushes.running;
}

async function flushOnce(paths: readonly string[], flushes: Flushes): Promise<void> {
  if (flushes.helper?.isThere !== true) flushes.helper = undefined;
  if (flushes.helper === undefined && performance.now() - flushes.endedAt < OFTEN_MS) {
    flushes.helper = new FlushHelper(paths);
  }
  const refusal = await (flushes.helper === undefined ? sync(paths) : flushes.helper.flush());
  if (refusal === undefined) return;
  throw new ContractorError(
    'STORE_UNUSABLE',
    `The disk of the store does not take what was written to it: ${refusal}.`,
    'Check the disk; `dmesg` may say more.',
  );
}

/** What the disk has refused, if it has. @throws KilledFromOutside */
async function sync(paths: readonly string[]): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    execFile(findProgram('sync'), ['--file-system', ...paths], { env: { LC_ALL: 'C.UTF-8' } }, (error, _, stderr) => {
      if (error?.signal === 'SIGKILL') reject(new KilledFromOutside('`sync`'));
      else resolve(error === null ? undefined : stderr.trim() || error.message);
    });
  });
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { findProgramIfAny } from '../../../sandbox/programs.ts';
import type { Dice } from '../../crash/dice.ts';
import { kill, processesOf } from '../../crash/processes.ts';
import type { Postgres } from '../postgres.ts';
import type { Blow, BlowType } from './blow.ts';
import { BLOWS } from './blow.ts';
import { findFakeTime } from './clock.ts';
import { whatNetworkLacks } from './network.ts';
import type { WorkerHost } from './worker-host.ts';

/** What can be struck. */
export interface Target {
  readonly hosts: readonly WorkerHost[];
  readonly postgres: Postgres;
  /** Where artifacts are left. */
  readonly place: string;
  /** Kills who has handed the run in and looks on. False when it is not there any more. */
  readonly killSubmitter: () => boolean;
  /** At most one of them strikes what all share, and each worker. */
  readonly held: Set<string>;
}

/** What this host or user cannot do, by blow, with the reason. */
export function impossibleBlows(): Map<BlowType, string> {
  const network = whatNetworkLacks();
  const isRoot = process.getuid?.() === 0;
  const no = new Map<BlowType, string>();
  if (network !== '') for (const type of ['link', 'link-for-long', 'host'] as const) no.set(type, network);
  if (findFakeTime() === undefined) no.set('clock', 'no libfaketime');
  if (findProgramIfAny('strace') === undefined) no.set('slow-disk', 'no strace');
  else if (!isRoot) no.set('slow-disk', 'only root may trace what runs');
  return no;
}

export function possibleBlows(): BlowType[] {
  const no = impossibleBlows();
  return BLOWS.filter((type) => !no.has(type));
}

/** Strikes, and mends what it has struck when its time is over. False when there was nobody to strike. */
export async function strike(blow: Blow, target: Target, thrown: Dice): Promise<boolean> {
  const { held, hosts } = target;
  const isShared = SHARED.has(blow.type);
  const host = hosts.map((_, n) => hosts[(blow.worker + n) % hosts.length]!).find(({ name }) => !held.has(name));
  if (host === undefined) return false;
  const what = isShared ? sharedBy(blow.type) : host.name;
  if (held.has(what)) return false;
  held.add(what);
  try {
    return isShared ? await strikeShared(blow, target, thrown) : await strikeHost(blow, host, thrown);
  } finally {
    held.delete(what);
  }
}

const SHARED: ReadonlySet<BlowType> = new Set([
  'database',
  'backends',
  'backend-killed',
  'place-gone',
  'place-empty',
  'submitter',
]);

function sharedBy(type: BlowType): string {
  return type === 'submitter' ? type : type.startsWith('place') ? 'place' : 'database';
}

async function strikeShared(
  { type, ms }: Blow,
  { postgres, place, killSubmitter }: Target,
  thrown: Dice,
): Promise<boolean> {
  switch (type) {
    case 'database':
      await postgres.crash();
      await wait(ms);
      await postgres.start();
      return true;
    case 'backends':
      // Often, so that an answer gets lost once and not always the same.
      for (let left = ms; left > 0; left -= 50) {
        postgres.endBackends('SIGTERM', (serving) => serving.filter(() => thrown.happens(30)));
        await wait(50);
      }
      return true;
    case 'backend-killed':
      postgres.endBackends('SIGKILL', (serving) => thrown.shuffled(serving).slice(0, 1));
      return true;
    case 'submitter':
      return killSubmitter();
    default:
      return await takeAway(place, { ms, leaving: type === 'place-empty' ? 'nothing in it' : 'no directory' });
  }
}

/** As a file system that is not mounted: then its directory is empty, or there is none that can be used. */
async function takeAway(
  place: string,
  { ms, leaving }: { readonly ms: number; readonly leaving: 'nothing in it' | 'no directory' },
): Promise<boolean> {
  if (!existsSync(place)) return false;
  const mode = statSync(place).mode & 0o777;
  const away = `${place}.away`;
  if (leaving === 'no directory' && process.getuid?.() !== 0) {
    chmodSync(place, 0);
    await wait(ms);
    chmodSync(place, mode);
    return true;
  }
  renameSync(place, away);
  if (leaving === 'nothing in it') mkdirSync(place, { mode });
  else writeFileSync(place, ''); // no directory can be made over it
  await wait(ms);
  rmSync(place, { recursive: true, force: true });
  renameSync(away, place);
  return true;
}

async function strikeHost({ type, ms }: Blow, host: WorkerHost, thrown: Dice): Promise<boolean> {
  const { worker, keepers, port, clock } = host;
  const ofKeepers = keepers.flatMap(({ guardian, inner }) => (guardian === undefined ? [inner] : [guardian, inner]));
  const signal = (name: NodeJS.Signals): void => {
    if (worker !== undefined && host.worker?.startTime === worker.startTime) process.kill(worker.pid, name);
  };
  switch (type) {
    case 'worker':
    case 'worker-for-long':
    case 'worker-and-keepers': {
      if (worker === undefined) return false;
      host.holdDown();
      kill(type === 'worker-and-keepers' ? thrown.shuffled([worker, ...ofKeepers]) : [worker]);
      await wait(ms);
      host.bringUp();
      return true;
    }
    case 'keeper':
      return kill(thrown.happens(50) ? ofKeepers : ofKeepers.slice(0, 1)) > 0;
    case 'stopped':
    case 'stopped-for-long':
      if (worker === undefined) return false;
      signal('SIGSTOP');
      await wait(ms);
      signal('SIGCONT');
      return true;
    case 'link':
    case 'link-for-long': {
      const where = thrown.pick(['switch', 'host'] as const);
      port?.setLink('down', where);
      await wait(ms);
      port?.setLink('up', where);
      return port !== undefined;
    }
    case 'host': {
      // Nobody hears of it: no connection is closed.
      port?.setLink('down', 'switch');
      host.holdDown();
      for (let left = processesOf(host.directory); left.length > 0; left = processesOf(host.directory)) kill(left);
      await wait(ms);
      port?.setLink('up', 'switch');
      host.bringUp();
      return port !== undefined;
    }
    case 'clock':
      clock?.set(thrown.pick([-86_400, -600, -2, 2, 600, 86_400]));
      return clock !== undefined;
    case 'slow-disk':
      return worker !== undefined && (await slowDisk(worker.pid, ms));
    default:
      throw new Error(`${type} strikes no worker`);
  }
}

/** Each flush of a worker takes so long as on a disk that others use too. */
async function slowDisk(pid: number, ms: number): Promise<boolean> {
  const calls = 'fsync,fdatasync';
  const delay = ['-e', `trace=${calls}`, '-e', `inject=${calls}:delay_enter=150ms`];
  const tracer = spawn('strace', ['-f', '-qq', '-p', String(pid), '-o', '/dev/null', ...delay], { stdio: 'ignore' });
  const ended = once(tracer, 'exit');
  await Promise.race([wait(ms), ended]);
  const met = tracer.exitCode === null;
  tracer.kill('SIGTERM');
  await ended;
  return met;
}

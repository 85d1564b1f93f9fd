import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../../store/open-store.ts';
import { leaksOf } from '../../crash/check-leaks.ts';
import { readToldRun } from './check-run.ts';
import type { ToldRun } from './check-run.ts';
import type { Stage } from './stage.ts';

/** Long enough for the server to notice who has gone without a word. */
const GRACE_MS = 90_000;

/** What is wrong when all runs have ended and all workers were told to end, a sentence each. */
export async function faultsAtEnd(
  { hosts, database, top }: Stage,
  known: ReadonlyMap<string, ToldRun>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const host of hosts) {
    const code = await host.end();
    if (code !== 0) faults.push(`${host.name} ended with ${code}: ${host.words.slice(-1000)}`);
  }
  // Who was cut off and came back has told nothing more.
  for (const [run, before] of known) {
    const now = await readToldRun(database, run);
    if (JSON.stringify(now.events) !== JSON.stringify(before.events))
      faults.push(`run ${run} was told of after its end`);
    if (JSON.stringify(now.published) !== JSON.stringify(before.published)) {
      faults.push(`run ${run} has published after its end`);
    }
  }
  for (const host of hosts) {
    const records = openStore(host.store);
    try {
      const leaks = await leaksOf(records, { top: host.directory, killedRun: undefined });
      const attempts = new Set(records.listRuns().flatMap(({ id }) => records.listAttempts(id).map((each) => each.id)));
      const left = leaks.filter((leak) => !isOfExchange(leak, attempts));
      faults.push(...left.map((leak) => `${host.name}: ${leak}`));
      const open = records.listRuns().filter(({ ended }) => ended === null);
      for (const { id } of open) faults.push(`${host.name}: run ${id} has not ended`);
    } finally {
      records.close();
    }
    const left = readdirSync(join(host.store, 'fleet')).filter((name) => name !== 'worker');
    for (const name of left) faults.push(`${host.name}: fleet/${name} is left`);
  }
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  for (const line of mounts.filter((each) => each.includes(top))) faults.push(`a mount is left: ${line}`);
  return [...faults, ...(await faultsOfServer(database))];
}

/**
 * What is left of pulls and pushes, by design: who pulls an artifact holds one of so many files locked, which stay; and of one that was
 * killed stays what it had arranged or packed, as of an import, until `gc` finds it old enough. A layer of an attempt is named after that.
 */
function isOfExchange(leak: string, attempts: ReadonlySet<string>): boolean {
  const [, layer] =
    /^trees\/layers\/(?:\.new-)?(\w+) has no record$/.exec(leak) ??
    /^\.\/layers\/\.new-(\w+) was never finished$/.exec(leak) ??
    [];
  if (layer === undefined) return /^runs\/pulling-|^trees\/attempts\/push-[-\da-f]{36} has no record$/.test(leak);
  return !attempts.has(layer) && !attempts.has(layer.slice(0, -1));
}

async function faultsOfServer(database: Stage['database']): Promise<string[]> {
  const begun = performance.now();
  for (;;) {
    const clients = await database.query<{ address: string; state: string; query: string }>(
      `select host(client_addr) as address, state, left(query, 80) as query from pg_stat_activity
       where application_name = 'contractor' and pid <> pg_backend_pid() and client_addr is not null`,
    );
    const locks = await database.query<object>(`select * from pg_locks where locktype = 'advisory'`);
    const jobs = await database.query<object>(
      `select state, count(*) from contractor_queue.job where state not in ('completed', 'cancelled') group by state`,
    );
    const faults = [
      ...clients.map((client) => `a connection is left: ${JSON.stringify(client)}`),
      ...locks.map((lock) => `a lock is left: ${JSON.stringify(lock)}`),
      ...jobs.map((job) => `jobs are left: ${JSON.stringify(job)}`),
    ];
    if (faults.length === 0 || performance.now() - begun > GRACE_MS) return faults;
    await wait(500);
  }
}

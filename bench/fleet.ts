/**
 * What a build over workers costs: trivial projects by 1, 2 and 4 workers of one slot each, against the same build on one host
 * with `--jobs 1`, in turn, and what the database has to do for it.
 *
 *     node bench/fleet.ts                     1,000 projects; prints tables in Markdown; of the built package
 *     node bench/fleet.ts --projects 200      fewer
 *     node bench/fleet.ts --workers 1,2       others; --rounds 3: more than one turn
 *     node bench/fleet.ts --dist ../x/dist    of the package built in another checkout
 *
 * What the engine adds to a project is how much more N workers of one slot each and who hands in and follows take for one, all together, than
 * one host with `--jobs 1`: as time, and as processor time of theirs and of all their processes, which other work on the machine changes less.
 *
 * Needs Debian's PostgreSQL, and no network. The server writes to the disk as it does by itself (`fsync = on`).
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../fleet/database.ts';
import { createSupervisor } from '../index.ts';
import { findIdMap } from '../sandbox/id-map.ts';
import { runInIdMap } from '../sandbox/run-in-id-map.ts';
import { startPostgres } from '../test/fleet/postgres.ts';
import { makeTinySystem } from '../test/supervisor/test-store.ts';

const { values } = parseArgs({
  options: {
    projects: { type: 'string', default: '1000' },
    workers: { type: 'string', default: '1,2,4' },
    rounds: { type: 'string', default: '1' },
    dist: { type: 'string', default: fileURLToPath(new URL('../dist', import.meta.url)) },
  },
});
const [count, rounds] = [Number(values.projects), Number(values.rounds)];
const counts = values.workers.split(',').map(Number);
const cli = resolve(values.dist, 'cli/main.js');
const top = realpathSync(mkdtempSync(join(tmpdir(), 'contractor-bench-fleet-')));
const place = join(top, 'place');
const IDLE_S = 20;

/** What a server has done: statements and transactions of clients, bytes of its log, its processor time, and by which statements. */
interface Load {
  readonly statements: number;
  readonly transactions: number;
  readonly walBytes: number;
  readonly processorMs: number;
  readonly rows: number;
}

const postgres = await startPostgres({
  settings: [
    'shared_buffers = 128MB',
    'max_connections = 100',
    `shared_preload_libraries = 'pg_stat_statements'`,
    'pg_stat_statements.max = 10000',
  ],
});
const url = postgres.newDatabase();
const database = await openDatabase(url);
const stores: string[] = [];
try {
  await database.query('create extension pg_stat_statements');
  makeTinySystem(join(top, 'tiny'));
  const own = await newStore('own');
  const supervisor = createSupervisor({ store: own });
  await supervisor.artifacts.importFrom('tiny', join(top, 'tiny'));
  await supervisor.close();
  const spec = specOf('spec.yaml', count);
  const warm = specOf('warm.yaml', 8);
  const local = async (file: string): Promise<Taken> =>
    await taken(['--store', own, 'build', '-q', '--no-cache', '-j', '1', file]);
  const shared = async (file: string): Promise<Taken> =>
    await taken(['--store', own, '--database', url, 'build', '-q', '--no-cache', '--artifacts', place, file]);
  await local(warm);
  process.stdout.write(
    `${count} projects of one trivial step\n\n| by | s | ms a project | times one host (--jobs 1) | more than one host, ms a project | processor, ms a project: workers | who follows | more than one host | statements a project | transactions | rows written | WAL, kB | processor of the server, ms |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n`,
  );
  for (let round = 0; round < rounds; round += 1) {
    for (const number of counts) {
      const alone = await local(spec);
      process.stdout.write(
        `| one host, \`--jobs 1\` | ${figures(alone.ms, alone.ms)} | ${perProject(alone.processorMs)} | – | – | – | – | – | – | – |\n`,
      );
      const workers = await startWorkers(number, `${round}-${number}`);
      await shared(warm);
      const before = await loadNow();
      const workersBefore = processorMsOf(workers);
      let most = 0;
      const sampling = setInterval(() => void connections().then((now) => (most = Math.max(most, now))), 500);
      const { ms, processorMs } = await shared(spec);
      clearInterval(sampling);
      const workersMs = processorMsOf(workers) - workersBefore;
      const load = difference(await loadNow(), before);
      process.stdout.write(
        `| ${number} worker${number === 1 ? '' : 's'} | ${figures(ms, alone.ms)} | ${[workersMs, processorMs, workersMs + processorMs - alone.processorMs, load.statements, load.transactions, load.rows, load.walBytes / 1024, load.processorMs].map(perProject).join(' | ')} |\n`,
      );
      const idleBefore = await loadNow();
      await wait(IDLE_S * 1000);
      const idle = difference(await loadNow(), idleBefore);
      const perSecond = (of: number): string => (of / IDLE_S / number).toFixed(1);
      process.stderr.write(
        `idle, a second and worker: ${perSecond(idle.statements)} statements, ${perSecond(idle.transactions)} transactions, ${perSecond(idle.walBytes / 1024)} kB of WAL, ${perSecond(idle.processorMs)} ms of the server's processor; at most ${most} connections while they build, ${await connections()} when idle\n`,
      );
      for (const worker of workers) await endOf(worker);
    }
  }
  await tellStatements();
} finally {
  await database.close();
  await postgres.close();
  for (const store of stores) await removeTrees(store);
  rmSync(top, { recursive: true, force: true });
}

function perProject(of: number): string {
  return (of / count).toFixed(1);
}

function figures(ms: number, localMs: number): string {
  return [
    (ms / 1000).toFixed(1),
    (ms / count).toFixed(1),
    `**${(ms / localMs).toFixed(2)}**`,
    ms === localMs ? '–' : ((ms - localMs) / count).toFixed(1),
  ].join(' | ');
}

function specOf(name: string, projects: number): string {
  const path = join(top, name);
  const text = Array.from(
    { length: projects },
    (_, n) =>
      `- project: p${n}\n  build-steps:\n  - action: create-systree\n    artifact-name: tiny\n    container-name: c\n  - action: shell\n    container-name: c\n    shell: echo ${n} > out\n`,
  );
  writeFileSync(path, `projects:\n${text.join('')}`);
  return path;
}

async function newStore(name: string): Promise<string> {
  const store = join(top, name);
  stores.push(store);
  mkdirSync(store, { mode: 0o700 });
  return store;
}

async function startWorkers(number: number, name: string): Promise<ChildProcess[]> {
  const workers: ChildProcess[] = [];
  for (let n = 0; n < number; n += 1) {
    const store = await newStore(`worker-${name}-${n}`);
    const argv = [cli, '--store', store, '--database', url, 'worker', '--artifacts', place, '-j', '1'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.stdout.resume();
    workers.push(child);
  }
  return workers;
}

async function endOf(worker: ChildProcess): Promise<void> {
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
}

/** What a command takes: time, and processor time of it and of all its processes. */
interface Taken {
  readonly ms: number;
  readonly processorMs: number;
}

async function taken(line: readonly string[]): Promise<Taken> {
  const [begun, before] = [performance.now(), ticksOf('self').ofEnded];
  const child = spawn(process.execPath, [cli, ...line], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`contractor ${line.join(' ')} ended with ${code}`);
  return { ms: performance.now() - begun, processorMs: (ticksOf('self').ofEnded - before) * 10 };
}

function processorMsOf(workers: readonly ChildProcess[]): number {
  return workers.reduce((sum, { pid = 0 }) => sum + (ticksOf(pid).own + ticksOf(pid).ofEnded) * 10, 0);
}

/** Of a process, and of its ended children with theirs: fields 14 to 17 of proc_pid_stat(5), in ticks of 10 ms. */
function ticksOf(pid: number | string): { readonly own: number; readonly ofEnded: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  const [own = 0, system = 0, ended = 0, systemOfEnded = 0] = fields.slice(11, 15);
  return { own: own + system, ofEnded: ended + systemOfEnded };
}

async function loadNow(): Promise<Load> {
  await wait(1500); // The server gathers what its processes have counted each second.
  const [row] = await database.query<{ statements: string; transactions: string; rows: string; wal: string }>(
    `select (select sum(calls) from pg_stat_statements where query not like '%pg_stat%') as statements,
       xact_commit + xact_rollback as transactions, tup_inserted + tup_updated + tup_deleted as rows,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as wal
     from pg_stat_database where datname = current_database()`,
  );
  return {
    statements: Number(row?.statements),
    transactions: Number(row?.transactions),
    rows: Number(row?.rows),
    walBytes: Number(row?.wal),
    processorMs: serverProcessorMs(),
  };
}

function difference(after: Load, before: Load): Load {
  const of = (key: keyof Load): number => after[key] - before[key];
  return {
    statements: of('statements'),
    transactions: of('transactions'),
    rows: of('rows'),
    walBytes: of('walBytes'),
    processorMs: of('processorMs'),
  };
}

async function connections(): Promise<number> {
  const [row] = await database.query<{ count: string }>(
    `select count(*) from pg_stat_activity where application_name = 'contractor' and pid <> pg_backend_pid()`,
  );
  return Number(row?.count);
}

/** Of the server's processes that live, and of those that have ended. */
function serverProcessorMs(): number {
  let ticks = 0;
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      const parent = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'latin1'))?.[1]);
      if (Number(name) !== postgres.pid && (parent !== postgres.pid || !command.startsWith('postgres:'))) continue;
      const { own, ofEnded } = ticksOf(name);
      ticks += Number(name) === postgres.pid ? own + ofEnded : own;
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks * 10;
}

/** What the server spent its time with, over all. */
async function tellStatements(): Promise<void> {
  const rows = await database.query<{ calls: string; total: number; mean: number; query: string }>(
    `select calls, total_exec_time as total, mean_exec_time as mean, regexp_replace(left(query, 110), '\\s+', ' ', 'g') as query
     from pg_stat_statements where query not like '%pg_stat%' order by total_exec_time desc limit 14`,
  );
  process.stderr.write('\nms in all, calls, ms each\n');
  for (const { calls, total, mean, query } of rows) {
    process.stderr.write(
      `${total.toFixed(0).padStart(8)} ${calls.padStart(8)} ${mean.toFixed(3).padStart(8)}  ${query}\n`,
    );
  }
}

async function removeTrees(store: string): Promise<void> {
  const command = ['/bin/rm', '-rf', 'layers', 'objects', 'artifacts', 'attempts'] as const;
  await runInIdMap({ trees: join(store, 'trees'), idMap: findIdMap(), command });
}

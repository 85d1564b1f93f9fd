import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { kill, processOf } from '../crash/processes.ts';
import type { SeenProcess } from '../crash/processes.ts';
import type { Certificate } from './certificates.ts';

/** A PostgreSQL of a test's own: a socket in a directory that only its user may enter, and no port unless it is asked for. */
export interface Postgres {
  readonly url: string;
  readonly pid: number | undefined;
  /** Where it listens on 127.0.0.1; undefined: nowhere. */
  readonly port: number | undefined;
  /** An address of another database of it, made now. */
  newDatabase(): string;
  /** Has it die, as by a power cut. */
  crash(): Promise<void>;
  /** Has it show another certificate from now on. */
  show(certificate: Certificate): void;
  start(): Promise<void>;
  /** Ends those that are chosen of the processes that serve somebody. After a SIGKILL the server starts itself anew. */
  endBackends(signal: 'SIGTERM' | 'SIGKILL', chosen: (serving: readonly SeenProcess[]) => readonly SeenProcess[]): void;
  close(): Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql';

/** Where the programs are; undefined where there are none. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(DEBIAN, version, 'bin')).find((path) => existsSync(join(path, 'initdb')));
}

/** Root may not run it: then it is somebody without any rights. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** Where a server is to be reached beside its socket. */
export interface PostgresNetwork {
  readonly address: string;
  /** From where, as `address/bits`. */
  readonly subnet: string;
  /** A command line that runs what follows it where that address is. */
  readonly within: readonly string[];
}

export async function startPostgres({
  network,
  settings = ['fsync = off', 'shared_buffers = 16MB', 'max_connections = 60'],
  tls,
  listens,
}: {
  readonly network?: PostgresNetwork | undefined;
  readonly settings?: readonly string[];
  /** An address of this host where it listens, for this host alone, beside 127.0.0.1. */
  readonly listens?: string;
  /** Has it encrypt for whoever asks. The authority is whose clients need no password. */
  readonly tls?: { readonly certificate: Certificate; readonly authority: string };
} = {}): Promise<Postgres> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('no PostgreSQL here');
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? NOBODY : {};
  const top = mkdtempSync(join(tmpdir(), 'pg-')); // A socket's path may have 107 bytes.
  if (isRoot) chownSync(top, NOBODY.uid, NOBODY.gid);
  const data = join(top, 'data');
  const env: Record<string, string> = {
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    PGHOST: top,
    PGUSER: 'ci',
    PGDATABASE: 'postgres',
  };
  const options = { ...as, env, cwd: top } as const;
  execFileSync(
    join(programs, 'initdb'),
    ['--pgdata', data, '--username=ci', '--auth=trust', '--encoding=UTF8', '--no-sync', '--no-instructions'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  writeFileSync(
    join(data, 'postgresql.conf'),
    [`listen_addresses = '${network?.address ?? ''}'`, `unix_socket_directories = '${top}'`, ...settings, ''].join(
      '\n',
    ),
  );
  const port = listens === undefined ? undefined : await freePort();
  if (port !== undefined) env['PGPORT'] = String(port); // A part of the socket's name too.
  const show = ({ certificate, key }: Certificate): void => {
    for (const [from, name] of [
      [certificate, 'server.crt'],
      [key, 'server.key'],
    ] as const) {
      const file = join(data, name);
      rmSync(file, { force: true });
      writeFileSync(file, readFileSync(from), { mode: 0o600 });
      if (isRoot) chownSync(file, NOBODY.uid, NOBODY.gid);
    }
  };
  if (port !== undefined) {
    appendFileSync(join(data, 'postgresql.conf'), `listen_addresses = '127.0.0.1,${listens}'\nport = ${port}\n`);
    appendFileSync(join(data, 'pg_hba.conf'), `host all all ${listens}/32 trust\n`);
  }
  if (tls !== undefined) {
    show(tls.certificate);
    const authority = join(data, 'root.crt');
    writeFileSync(authority, readFileSync(tls.authority));
    if (isRoot) chownSync(authority, NOBODY.uid, NOBODY.gid);
    appendFileSync(join(data, 'postgresql.conf'), `ssl = on\nssl_ca_file = 'root.crt'\n`);
    // Of the first rule that fits: whoever comes as \`certified\` has a certificate.
    const rules = readFileSync(join(data, 'pg_hba.conf'), 'utf8');
    writeFileSync(join(data, 'pg_hba.conf'), `hostssl all certified all cert\n${rules}`);
  }
  if (network !== undefined) appendFileSync(join(data, 'pg_hba.conf'), `host all all ${network.subnet} trust\n`);
  const ask = (sql: string): void => {
    execFileSync(join(programs, 'psql'), ['--quiet', '--command', sql], { ...options, stdio: 'ignore' });
  };
  const launch = () => {
    const server = [join(programs, 'postgres'), '-D', data];
    if (network === undefined) return spawn(server[0] ?? '', server.slice(1), { ...options, stdio: 'ignore' });
    // Only root can enter a network, and may not run a server.
    const ids = ['setpriv', `--reuid=${NOBODY.uid}`, `--regid=${NOBODY.gid}`, '--clear-groups', '--'];
    const [program = '', ...words] = [...network.within, ...ids, ...server];
    return spawn(program, words, { env, cwd: top, stdio: 'ignore' });
  };
  let server = launch();
  const ready = async (): Promise<void> => {
    for (;;) {
      try {
        ask('select 1');
        return;
      } catch (error) {
        if (server.exitCode !== null) throw error;
        await wait(50);
      }
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const closed = once(server, 'exit');
    server.kill(signal);
    await closed;
  };
  await ready();
  let databases = 0;
  if (tls !== undefined) ask('create role certified superuser login');
  const urlOf = (name: string): string =>
    `postgres://ci@localhost${port === undefined ? '' : `:${port}`}/${name}?host=${encodeURIComponent(top)}`;
  return {
    url: urlOf('postgres'),
    get pid() {
      return server.pid;
    },
    newDatabase: () => {
      const name = `d${(databases += 1)}`;
      ask(`create database ${name}`);
      return urlOf(name);
    },
    port,
    show: (certificate) => {
      show(certificate);
      ask('select pg_reload_conf()');
    },
    crash: async () => await end('SIGQUIT'),
    start: async () => {
      server = launch();
      await ready();
    },
    endBackends: (signal, chosen) => {
      const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [processOf(Number(name))] : []));
      const serving = all.filter((each) => each?.parent === server.pid && each?.command.startsWith('postgres: ci '));
      kill(chosen(serving.filter((each) => each !== undefined)), signal);
    },
    close: async () => {
      await end('SIGINT');
      rmSync(top, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

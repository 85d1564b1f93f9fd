import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A PostgreSQL of a test's own: no port, a socket in a directory that only its user may enter. */
export interface Postgres {
  readonly url: string;
  /** An address of another database of it, made now. */
  newDatabase(): string;
  /** Has it die, as by a power cut. */
  crash(): Promise<void>;
  start(): Promise<void>;
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

export async function startPostgres(): Promise<Postgres> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('no PostgreSQL here');
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? NOBODY : {};
  const top = mkdtempSync(join(tmpdir(), 'pg-')); // A socket's path may have 107 bytes.
  if (isRoot) chownSync(top, NOBODY.uid, NOBODY.gid);
  const data = join(top, 'data');
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', PGHOST: top, PGUSER: 'ci', PGDATABASE: 'postgres' };
  const options = { ...as, env, cwd: top } as const;
  execFileSync(
    join(programs, 'initdb'),
    ['--pgdata', data, '--username=ci', '--auth=trust', '--encoding=UTF8', '--no-sync', '--no-instructions'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  writeFileSync(
    join(data, 'postgresql.conf'),
    `listen_addresses = ''\nunix_socket_directories = '${top}'\nfsync = off\nshared_buffers = 16MB\nmax_connections = 60\n`,
  );
  const ask = (sql: string): void => {
    execFileSync(join(programs, 'psql'), ['--quiet', '--command', sql], { ...options, stdio: 'ignore' });
  };
  const launch = () => spawn(join(programs, 'postgres'), ['-D', data], { ...options, stdio: 'ignore' });
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
  const urlOf = (name: string): string => `postgres://ci@localhost/${name}?host=${encodeURIComponent(top)}`;
  return {
    url: urlOf('postgres'),
    newDatabase: () => {
      const name = `d${(databases += 1)}`;
      ask(`create database ${name}`);
      return urlOf(name);
    },
    crash: async () => await end('SIGQUIT'),
    start: async () => {
      server = launch();
      await ready();
    },
    close: async () => {
      await end('SIGINT');
      rmSync(top, { recursive: true, force: true });
    },
  };
}

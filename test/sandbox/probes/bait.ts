import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, networkInterfaces, tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** What the host has for a probe to find: services, sockets, a secret file, a process, shared memory. */
export interface Bait {
  /** By the names that probes know them under. */
  readonly values: Readonly<Record<string, string>>;
  /** The directory of the secret file and of the socket. */
  readonly directory: string;
  remove(): Promise<void>;
}

export async function layBait(): Promise<Bait> {
  const directory = mkdtempSync(join(tmpdir(), 'contractor-bait-'));
  const name = basename(directory);
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'TOPSECRET\n');
  mkdirSync(join(directory, 'store'));
  const servers = [{ port: 0, host: '127.0.0.1' }, { path: `\0${name}` }, { path: join(directory, 'socket') }].map(
    (place) => createServer((socket) => socket.on('error', () => undefined).end('TOPSECRET\n')).listen(place),
  );
  await Promise.all(servers.map(async (server) => await once(server, 'listening')));
  const address = servers[0]?.address();
  const sleeper = spawn('sleep', ['987650'], { env: { BAIT: 'TOPSECRET' }, stdio: 'ignore' });
  const key = 0x5b5b_0000 + (process.pid & 0xffff);
  const shared = execFileSync('perl', ['-e', `print shmget(${key}, 4096, 01600) // die "shmget: $!"`], {
    encoding: 'utf8',
  });
  return {
    directory,
    values: {
      PORT: String(typeof address === 'object' && address !== null ? address.port : 0),
      ADDRESS: outwardAddress(),
      NAME: name,
      DIRECTORY: directory,
      SECRET: secret,
      SOCKET: join(directory, 'socket'),
      PID: String(sleeper.pid),
      KEY: String(key),
      HOME: homedir(),
      NETWORK: readlinkSync('/proc/self/ns/net'),
    },
    remove: async () => {
      sleeper.kill('SIGKILL');
      for (const server of servers) server.close();
      execFileSync('perl', ['-e', `shmctl(${Number(shared)}, 0, 0)`]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** An address of this host that is not its loopback; of nobody, when it has none. */
function outwardAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '192.0.2.1';
}

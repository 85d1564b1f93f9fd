import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { landlock } from '../../sandbox/host/landlock.ts';

const hasPorts = /ersion ([4-9]|\d{2,})/.test((await landlock()).found);

/** Connects to a port after it has bound itself, or has not; whoever has no privilege may do so under no_new_privs. */
const CONNECT = `use Kernel; use Landlock; my ($nr, $port, @allowed) = @ARGV;
syscall($nr + 0, 38, 1, 0, 0, 0) == 0 or die; confine_network(@allowed) if @allowed;
socket my $s, AF_INET, SOCK_STREAM, 0 or die; print connect($s, pack 'S n C4 x8', AF_INET, $port, 127, 0, 0, 1) ? 'reached' : $!;`;

test.skipIf(!hasPorts)(
  '[A-65] a port of the host is in reach without Landlock, and with it where it is allowed',
  async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const prctl = process.arch === 'arm64' ? '167' : '157';
    const answer = async (...allowed: readonly number[]): Promise<string> => {
      const argv = [`-I${join(import.meta.dirname, '../../sandbox/keeper')}`, '-e', CONNECT, prctl, String(port)];
      return (await promisify(execFile)('perl', [...argv, ...allowed.map(String)])).stdout;
    };
    expect([await answer(), await answer(443, port), await answer(443)]).toEqual([
      'reached',
      'reached',
      'Permission denied',
    ]);
    server.close();
  },
);

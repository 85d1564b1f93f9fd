import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findIdMap, hostId, idMapArgument } from '../../sandbox/id-map.ts';
import { keeperGone, startKeeper } from '../../sandbox/keeper.ts';
import { NO_CONTROL_GROUPS } from '../../sandbox/limits/control-groups.ts';
import { discardRemains } from '../../sandbox/remains.ts';
import { whatHostLacks } from '../supervisor/test-store.ts';

const program = join(import.meta.dirname, '../../sandbox/keeper.pl');
const lacking = await whatHostLacks();

describe.skipIf(lacking !== '')('a command in an id map', () => {
  let trees: string;
  let argv: readonly string[];
  beforeAll(() => {
    const map = findIdMap();
    trees = mkdtempSync(join(tmpdir(), 'contractor-keeper-'));
    mkdirSync(join(trees, 'layers'));
    if (map.how === 'direct') {
      for (const path of [trees, join(trees, 'layers')]) chownSync(path, hostId(map.uid, 0), hostId(map.gid, 0));
    }
    argv = [program, 'exec', trees, idMapArgument(map), 'root', '--'];
    vi.stubEnv('KEEPER_PARENT', String(process.pid));
  });
  afterAll(() => rmSync(trees, { recursive: true, force: true }));

  test('is root of the map and ends with its own status', () => {
    const { status, stdout } = spawnSync('perl', [...argv, '/bin/sh', '-c', 'id -u; exit 7'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 7, stdout: '0\n' });
  });

  test('an artifact that a killed attempt has half made goes with what else it left', async () => {
    const halfMade = ['artifacts/.staging-a1', 'objects/.new-a1', 'artifacts/.staging-a2'];
    for (const path of halfMade) mkdirSync(join(trees, path), { recursive: true });
    const map = findIdMap();
    if (map.how === 'direct') {
      for (const path of ['artifacts', 'objects', ...halfMade]) {
        chownSync(join(trees, path), hostId(map.uid, 0), hostId(map.gid, 0));
      }
    }
    await discardRemains('a1', { trees, idMap: map });
    expect(halfMade.map((path) => existsSync(join(trees, path)))).toEqual([false, false, true]);
  });

  test('gets no descriptor that was open in the program that started it', () => {
    const secret = openSync('/etc/hostname', 'r');
    const stdio = ['ignore', 'pipe', 'pipe', secret, secret, secret, secret] as const;
    const { stdout } = spawnSync('perl', [...argv, '/bin/ls', '/proc/self/fd'], {
      encoding: 'utf8',
      stdio: [...stdio],
    });
    expect(stdout.trim().split('\n')).toEqual(['0', '1', '2', '3']); // 3 is ls, reading the directory
  });

  test('ends with everything it started when its guardian is killed', async () => {
    const mark = '98761234';
    const child = spawn('perl', [...argv, '/bin/sh', '-c', `setsid sleep ${mark} & echo up; exec sleep ${mark}`]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(sleepers(mark)).toEqual([]));
  });
});

test.skipIf(lacking !== '')('a keeper has no more of the host than its sandboxes need', async () => {
  const map = findIdMap();
  const top = mkdtempSync(join(tmpdir(), 'contractor-keeper-'));
  const trees = join(top, 'trees');
  mkdirSync(join(top, 'keeper'));
  mkdirSync(join(trees, 'layers'), { recursive: true });
  const child = spawn('perl', [
    program,
    'serve',
    join(top, 'keeper'),
    trees,
    idMapArgument(map),
    'none',
    join(top, 'keeper'),
  ]);
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const [inner] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
    const needed = /^\/($|(usr|etc|bin|sbin|lib\w*|run|mnt)(\/|$)|proc$|dev\/\w+$|sys\/(trees|host0)$)/;
    const others = (): string[] =>
      [...readFileSync(`/proc/${inner}/mountinfo`, 'utf8').matchAll(/^(?:\S+ ){4}(\S+)/gm)]
        .map(([, point = '']) => point)
        .filter((point) => !needed.test(point));
    // It is ready for a connection before it has mounted all.
    await expect.poll(others).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    rmSync(top, { recursive: true, force: true });
  }
});

describe.skipIf(lacking !== '')('starting a keeper where one lives already', () => {
  test('comes to that one, as after a supervisor that was killed when it had just started it', async () => {
    const top = mkdtempSync(join(tmpdir(), 'contractor-keeper-'));
    const trees = join(top, 'trees');
    mkdirSync(join(trees, 'layers'), { recursive: true });
    const map = findIdMap();
    if (map.how === 'direct') {
      for (const path of [trees, join(trees, 'layers')]) chownSync(path, hostId(map.uid, 0), hostId(map.gid, 0));
    }
    // The keeper goes to the trees as an id of the map, through what leads to them.
    chmodSync(top, 0o711);
    const place = { directory: join(top, 'keeper'), trees, idMap: map, hostBinds: [], groups: NO_CONTROL_GROUPS };
    const first = await startKeeper(place);
    const pids = readFileSync(join(top, 'keeper/pid'), 'utf8');
    const second = await startKeeper(place);
    expect([first?.found, second?.found]).toEqual([undefined, undefined]);
    expect(second).toBeDefined();
    expect(readFileSync(join(top, 'keeper/pid'), 'utf8')).toBe(pids);
    await second?.quit();
    await keeperGone(place.directory);
    rmSync(top, { recursive: true, force: true });
  });
});

function sleepers(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === `sleep\0${mark}\0`;
      } catch {
        return false;
      }
    });
}

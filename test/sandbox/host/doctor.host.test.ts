import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../house/sources.ts';
import { whatHostLacks } from '../../supervisor/test-store.ts';

const lacking = await whatHostLacks();
const isRoot = process.getuid?.() === 0;
let top: string;
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'contractor-doctor-'));
  chmodSync(top, 0o755);
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly mend?: string;
}

/** What `contractor doctor --json` says, called through `how`, which may change the host for it. */
function doctor(how: readonly string[]): { status: number | null; findings: Map<string, Finding> } {
  const [program, ...argv] = [...how, process.execPath, join(root, 'cli/main.ts'), 'doctor', '--json'];
  const { status, stdout, stderr } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: { HOME: top, PATH: '/usr/bin:/bin', CONTRACTOR_STORE: join(top, 'store') },
  });
  if (stdout === '') throw new Error(stderr);
  return { status, findings: new Map((JSON.parse(stdout) as Finding[]).map((each) => [each.name, each])) };
}

/** In a mount namespace of its own, where these programs of the host cannot be executed. */
const without = (...programs: string[]): string[] => [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-euc'],
  `${programs.map((path) => `mount --bind /dev/null ${path}`).join('; ')}; exec "$@"`,
  'sh',
];

/** In a mount namespace of its own, whose root is that of the host without /mnt. */
const withoutMnt = [
  ...['unshare', '--mount', '--propagation', 'private', 'sh', '-euc'],
  `mount -t tmpfs none /mnt; cd /mnt
  for each in /*; do
    [ "$each" != /mnt ] || continue
    if [ -L "$each" ]; then cp -P "$each" ".$each"; continue; fi
    if [ -d "$each" ]; then mkdir ".$each"; else : >".$each"; fi
    mount --rbind "$each" ".$each"
  done
  /usr/sbin/pivot_root . .; umount -l .; exec "$@"`,
  'sh',
];

describe.skipIf(lacking !== '')('[A-92] doctor', () => {
  test('finds everything on a host that can build, and never looks along PATH', () => {
    const { status, findings } = doctor(['env', `PATH=${top}`]);
    expect(status).toBe(0);
    for (const name of ['bubblewrap', 'subordinate-ids', 'container', 'user-namespaces', 'keyrings', 'disk', 'clock']) {
      expect([name, findings.get(name)?.state]).toEqual([name, 'ok']);
    }
  });

  test.skipIf(!isRoot)('as root: names the package of a program that is not there, and ends with 3', () => {
    const { status, findings } = doctor(without('/usr/bin/bwrap'));
    expect(status).toBe(3);
    expect(findings.get('bubblewrap')).toMatchObject({
      state: 'missing',
      found: 'There is no `bwrap` on this host',
      mend: 'Install it: `sudo apt-get install bubblewrap`.',
    });
  });

  test.skipIf(!isRoot)(
    'as root: makes a container on a host that has no directory but those that every system has',
    () => {
      const { status, findings } = doctor(withoutMnt);
      expect([status, findings.get('container')?.state]).toEqual([0, 'ok']);
    },
  );

  test.skipIf(!isRoot)('as root: falls back on debootstrap, and says so', () => {
    const { status, findings } = doctor(without('/usr/bin/mmdebstrap'));
    expect([status, findings.get('debootstrap')?.state]).toEqual([0, 'ok']);
    expect(findings.get('debootstrap')?.found).toMatch(/debootstrap .* \(mmdebstrap would be faster\)$/);
  });

  test.skipIf(!isRoot)('as root: tells a user without subordinate ids the command that grants them', () => {
    const user = `contractor-none-${process.pid}`;
    execFileSync('useradd', ['--no-create-home', '--home-dir', top, '--key', 'SUB_UID_COUNT=0', user]);
    try {
      execFileSync('sed', ['-i', `/^${user}:/d`, '/etc/subuid', '/etc/subgid']);
      // The checkout may lie where only root can go.
      mkdirSync(join(top, 'checkout'));
      const there = (path: string): string => path.replace(root, join(top, 'checkout'));
      const argv = [
        ...['--mount', '--propagation', 'private', 'sh', '-euc'],
        `mount --bind "$1" "$2"; shift 2; exec "$@"`,
        ...['sh', root, join(top, 'checkout'), 'runuser', '-u', user, '--'],
        ...['env', `HOME=${top}`, `CONTRACTOR_STORE=/tmp/${user}`],
        ...[there(process.execPath), there(join(root, 'cli/main.ts')), 'doctor', '--json'],
      ];
      const { status, stdout } = spawnSync('unshare', argv, { encoding: 'utf8' });
      const finding = (JSON.parse(stdout) as Finding[]).find(({ name }) => name === 'subordinate-ids');
      expect(status).toBe(3);
      expect(finding?.found).toContain(`The user \`${user}\` has no range of 65536 subordinate ids`);
      expect(finding?.mend).toMatch(new RegExp(`sudo usermod --add-subuids \\d+-\\d+ --add-subgids \\d+-\\d+ ${user}`));
    } finally {
      execFileSync('userdel', [user]);
      rmSync(`/tmp/${user}`, { recursive: true, force: true });
    }
  });
});

import { describe, expect, test } from 'vitest';
import { clockFinding } from '../../../sandbox/host/clock.ts';
import { diskFinding } from '../../../sandbox/host/disk.ts';
import { keyringFinding } from '../../../sandbox/host/keyrings.ts';
import { landlockFinding } from '../../../sandbox/host/landlock.ts';
import type { HostFinding } from '../../../sandbox/host/host-finding.ts';
import { namespaceFindings } from '../../../sandbox/host/user-namespaces.ts';
import type { NamespaceFacts } from '../../../sandbox/host/user-namespaces.ts';
import { mirrorFinding } from '../../../supervisor/check-mirror.ts';

const GIB = 1024 ** 3;

describe('the clock', () => {
  const now = Date.UTC(2026, 4, 1, 12);
  test('is right when nothing of this host is newer', () => {
    const newest = { at: now - 1000, path: '/var/lib/dpkg/status' };
    expect(clockFinding({ now, newest })).toEqual({ name: 'clock', state: 'ok', found: '2026-05-01 12:00 UTC' });
    expect(clockFinding({ now, newest: undefined, mirror: NaN }).state).toBe('ok');
  });

  test('is behind when a file was written later than now', () => {
    const newest = { at: now + 24 * 3_600_000, path: '/var/lib/dpkg/status' };
    expect(clockFinding({ now, newest })).toMatchObject({
      state: 'optional',
      found:
        'This host believes it is 2026-05-01 12:00 UTC, and /var/lib/dpkg/status was written at 2026-05-02 12:00 UTC',
      mend: expect.stringContaining('timedatectl set-ntp true') as string,
    });
  });

  test('is ahead when the mirror says so', () => {
    const mirror = now - 24 * 3_600_000;
    expect(clockFinding({ now, newest: undefined, mirror }).found).toMatch(/and its mirror says 2026-04-30 12:00 UTC$/);
  });
});

describe('the disk of the store', () => {
  const plenty = { directory: '/s', freeBytes: 70 * GIB, bytes: 200 * GIB, freeFiles: 5_000_000, files: 9_000_000 };
  test('has room, or no limit', () => {
    expect(diskFinding(plenty)).toEqual({ name: 'disk', state: 'ok', found: '70.0 GiB and 5000000 files free for /s' });
    expect(diskFinding({ ...plenty, freeFiles: 0, files: 0 }).found).toBe('70.0 GiB free for /s');
  });

  test.for([
    ['bytes are scarce', { freeBytes: GIB }, 'optional'],
    ['files are scarce', { freeFiles: 50_000 }, 'optional'],
    ['bytes are used up', { freeBytes: 4096 }, 'missing'],
    ['files are used up', { freeFiles: 3 }, 'missing'],
  ] as const)('%s', ([, facts, state]) => {
    const finding = diskFinding({ ...plenty, ...facts });
    expect([finding.state, finding.mend]).toEqual([state, expect.stringContaining('contractor --store DIR')]);
  });
});

describe('keys', () => {
  test('of one distribution are enough, and those of the other are told', () => {
    expect(keyringFinding(['/usr/share/keyrings/ubuntu-archive-keyring.gpg'])).toEqual({
      name: 'keyrings',
      state: 'ok',
      found: 'suites of Ubuntu can be verified; for Debian: `sudo apt-get install debian-archive-keyring`',
    });
  });

  test('of none mean that no system tree can be made', () => {
    expect(keyringFinding([])).toMatchObject({
      state: 'optional',
      mend: expect.stringContaining('sudo apt-get install') as string,
    });
  });
});

describe('Landlock', () => {
  test.for([
    [7, 'ok', /^$/],
    [6, 'ok', /^$/],
    [4, 'optional', /could reach abstract sockets of this host/],
    [2, 'optional', /could reach every port and the abstract sockets/],
    [0, 'optional', /could reach every port and the abstract sockets/],
  ] as const)('of version %i', ([version, state, consequence]) => {
    const finding = landlockFinding(version);
    expect(finding.state).toBe(state);
    expect(finding.consequence ?? '').toMatch(consequence);
  });
});

describe('user namespaces', () => {
  const facts: NamespaceFacts = {
    isRoot: false,
    answer: 'made',
    appArmorRestricts: undefined,
    appArmorProfile: 'unconfined',
    unprivilegedClone: '1',
    most: '15000',
  };
  const states = (changed: Partial<NamespaceFacts>): (string | undefined)[] =>
    namespaceFindings({ ...facts, ...changed }).map(({ state, mend }) => (state === 'ok' ? state : mend));

  test('that can be made need nothing', () => {
    expect(states({})).toEqual(['ok', 'ok']);
    expect(states({ appArmorRestricts: '1' })).toEqual(['ok', 'ok']);
  });

  test.for([
    ['user.max_user_namespaces=15000', { most: '0' }],
    ['kernel.unprivileged_userns_clone=1', { unprivilegedClone: '0' }],
    ['--security-opt seccomp=unconfined', {}],
  ] as const)('that cannot are mended by %s', ([command, changed]) => {
    expect(states({ answer: 'Operation not permitted', ...changed })).toEqual([expect.stringContaining(command), 'ok']);
  });

  test('that AppArmor restricts have a row of their own, for who is not root', () => {
    const restricted = { answer: 'Permission denied', appArmorRestricts: '1' };
    expect(states(restricted)[1]).toContain('kernel.apparmor_restrict_unprivileged_userns=0');
    expect(states({ ...restricted, isRoot: true })[1]).toBe('ok');
  });
});

describe('a profile of AppArmor', () => {
  const facts = { isRoot: false, appArmorRestricts: undefined, unprivilegedClone: '1', most: '15000' };
  const row = (answer: string, appArmorProfile: string): HostFinding | undefined =>
    namespaceFindings({ ...facts, answer, appArmorProfile })[1];

  test.for(['Permission denied', 'Operation not permitted'])('[A-266] is named where it answers %s', (answer) => {
    expect(row(answer, 'held (enforce)')).toMatchObject({
      state: 'missing',
      found: expect.stringContaining('`held`') as string,
      mend: expect.stringContaining('`userns,`') as string,
    });
  });

  test('[A-266] is not blamed where it lets them be made, or only complains', () => {
    expect(row('made', 'held (enforce)')).toMatchObject({ state: 'ok' });
    expect(row('Permission denied', 'held (complain)')).toMatchObject({ state: 'ok' });
    expect(row('Permission denied', 'unconfined')).toMatchObject({ state: 'ok' });
  });
});

describe('the mirror', () => {
  const asked = { suite: 'trixie', url: 'http://mirror.test/debian/dists/trixie/InRelease' };
  test.for([
    [{ ...asked, status: 200 }, 'ok', `${asked.url} is there`],
    [{ ...asked, status: 404 }, 'optional', `${asked.url}: status 404`],
    [
      { ...asked, refusal: 'getaddrinfo ENOTFOUND mirror.test' },
      'optional',
      `${asked.url}: getaddrinfo ENOTFOUND mirror.test`,
    ],
    [{ suite: 'stable' }, 'optional', "This host's apt has no source of Debian or Ubuntu"],
  ] as const)('%j', ([answer, state, found]) => {
    expect(mirrorFinding(answer)).toMatchObject({ name: 'mirror', state, found });
  });
});

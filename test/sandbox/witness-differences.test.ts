import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sampleWitness } from './sample-witness.ts';

/** What the keeper says of such a witness. */
function differences(sections: Readonly<Record<string, string>>): string[] {
  const keeper = join(import.meta.dirname, '../../sandbox/keeper');
  const { stdout, stderr, status } = spawnSync('perl', ['-I', keeper, '-e', SAY_DIFFERENCES], {
    encoding: 'utf8',
    input: Object.entries(sections).flat().join('\0'),
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.split('\n').filter(Boolean);
}

const SAY_DIFFERENCES = `
use strict; use warnings FATAL => 'all'; use Witness;
local $/;
my %notes = split /\\0/, <STDIN>, -1;
print map { "$_\\n" } witness_differences(\\%notes);
`;

/** The sample with a piece of a section replaced. */
function changed(section: string, piece: string | RegExp, other: string): Record<string, string> {
  const sample = sampleWitness();
  const text = sample[section] ?? '';
  const result = text.replace(piece, other);
  if (result === text) throw new Error(`${section} has no ${String(piece)}`);
  return { ...sample, [section]: result, argv: '' };
}

test('a container that is as its policy says has no difference', () => {
  expect(differences({ ...sampleWitness(), argv: '' })).toEqual([]);
});

test('a limit that is tighter than it has to be is no difference', () => {
  expect(differences(changed('limits', /1024 +1024/, '512                  512'))).toEqual([]);
});

const ALL = '000001ffffffffff';
const NONE = '0000000000000000';

test.each([
  ['status', 'Uid:\t1000', 'Uid:\t0', 'uid is 0 1000, not 1000'],
  ['status', 'Gid:\t1000\t1000\t1000\t1000', 'Gid:\t0\t0\t0\t0', 'gid is 0, not 1000'],
  ['status', 'Groups:\t ', 'Groups:\t27 100 ', 'groups is 27 100, not none'],
  ['uid_map-of-keeper', '0       1001', '0          0', 'host-root is mapped, not not mapped'],
  ['gid_map-of-keeper', '1     100000', '1          0', 'host-root is mapped, not not mapped'],
  ['status', `CapInh:\t${NONE}`, `CapInh:\t${ALL}`, `capabilities-inheritable is ${ALL}, not ${NONE}`],
  ['status', `CapPrm:\t${NONE}`, `CapPrm:\t${ALL}`, `capabilities-permitted is ${ALL}, not ${NONE}`],
  ['status', `CapEff:\t${NONE}`, `CapEff:\t${ALL}`, `capabilities-effective is ${ALL}, not ${NONE}`],
  ['status', `CapBnd:\t${NONE}`, `CapBnd:\t${ALL}`, `capabilities-bounding is ${ALL}, not ${NONE}`],
  ['status', `CapAmb:\t${NONE}`, `CapAmb:\t${ALL}`, `capabilities-ambient is ${ALL}, not ${NONE}`],
  ['status', 'NoNewPrivs:\t1', 'NoNewPrivs:\t0', 'no-new-privileges is 0, not 1'],
  ['status', 'Seccomp:\t2', 'Seccomp:\t0', 'system-call-filter is 0, not 2'],
  ['status', 'Seccomp_filters:\t1\n', '', 'system-call-filters is 0, not 1'],
  // Its own, of those that contractor was started under.
  ['status-of-keeper', 'filters:\t0', 'filters:\t1', 'system-call-filters is 0, not 1'],
  ['stat', '3 3 3 0', '3 3 9 0', 'session is shared, not own'],
  ['stat', '3 3 3 0', '3 3 3 34816', 'terminal is 34816, not none'],
  ['gate', 'h', 'n', 'user-namespaces-inside is allowed, not forbidden'],
  ['namespaces', 'user:[30]', 'user:[20]', "namespace-user is the project's, not own"],
  ...['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'].map(
    (name) => ['namespaces', `${name}:[30]`, `${name}:[10]`, `namespace-${name} is the host's, not own`] as const,
  ),
  ['net/dev', '    lo:', '  eth0:       1\n    lo:', 'network-interfaces is eth0 lo, not lo'],
  ['limits-of-group', 'max 1073741824', 'max max', 'limit-memory is max, not 1073741824'],
  ['limits-of-group', /pids.*\n/, '', 'limit-processes is unknown, not 512'],
  ['cgroup', 'user', 'other', 'limit-memory is not in the control group, not 1073741824'],
  ['limits', /1024 +files/, '4096  files', 'limit-open-files is 1024 of 4096, not 1024'],
  ['mountinfo', '/ / ro,', '/ / rw,', 'the mount on / is rw,nosuid,nodev,relatime, not ro'],
  ['mountinfo', '/run/step ro,nosuid,', '/run/step ro,', 'the mount on /run/step is ro,nodev,relatime, not nosuid'],
  ['mountinfo', '/tmp rw,nosuid,nodev,', '/tmp rw,nosuid,', 'the mount on /tmp is rw,nosuid,relatime, not nodev'],
  ['mountinfo', /overlay overlay rw/, 'ext4 /dev/sda1 rw', 'the mount on /workspace is of type ext4, not overlay'],
  ['mountinfo', /^72 .*\n/m, '', 'there is no mount on /proc/sys'],
  [
    'mountinfo',
    '72 69',
    '71 68 8:1 / /mnt/host rw - ext4 /dev/sda1 rw\n72 69',
    'there is a mount on /mnt/host (ext4), which the policy does not have',
  ],
  ['mountinfo', '72 69', 'nonsense\n72 69', 'a mount cannot be read: nonsense'],
] as const)('tells %s: %s → %s', (section, piece, other, difference) => {
  expect(differences(changed(section, piece, other))).toContain(difference);
});

const CONTROLS = [...(sampleWitness()['expected'] ?? '').matchAll(/^\S+/gm)]
  .map(([control]) => control)
  // Nobody expects the first where it is the host's network, and the limits where there are none.
  .filter((control) => control !== 'network-interfaces' && !control.startsWith('limit-'));

test.each(CONTROLS)('opens no gate for a supervisor that expects nothing of %s', (control) => {
  expect(differences(changed('expected', new RegExp(`^${control} .*\n`, 'm'), ''))).toContain(
    `nothing is expected of ${control}`,
  );
});

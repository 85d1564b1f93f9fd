import { expectedFields, expectedWitness } from '../../sandbox/expected-witness.ts';
import type { SandboxPolicy } from '../../sandbox/policy.ts';

export const BUILDER_POLICY: SandboxPolicy = {
  type: 'container',
  identity: 'builder',
  directory: '/workspace/',
  environment: {},
};

/** The kernel counts memory in whole pages. */
const LIMITS = {
  values: { memory: 2 ** 30 + 5, processes: 512, 'open-files': 1024, output: 1000 },
  grouped: ['memory', 'processes'],
} as const;

const NONE = '0000000000000000';

/** What a kernel showed of a builder's container, by the names of the sections; shortened where nobody looks. */
export function sampleWitness(policy: SandboxPolicy = BUILDER_POLICY): Record<string, string> {
  const fields = expectedFields(
    expectedWitness(policy, { layout: { links: [], directories: [] }, files: ['/run/step'], limits: LIMITS }),
  );
  const linesOf = (wanted: string): string =>
    fields.flatMap(([key, value]) => (key === wanted ? [`${value}\n`] : [])).join('');
  return {
    argv: ['/usr/bin/bwrap', '--unshare-user', '--', '/bin/sh', '-eu', '/run/step'].join('\0'),
    cgroup: '0::/user.slice\n',
    'cgroup-of-keeper': '0::/user.slice\n',
    expected: linesOf('expect'),
    'expected-mounts': linesOf('mount'),
    gate: 'h',
    gid_map: '      1000       1000          1\n',
    'gid_map-of-keeper': '         0       1001          1\n         1     100000      65535\n',
    limits: [
      'Limit                     Soft Limit           Hard Limit           Units     ',
      'Max cpu time              unlimited            unlimited            seconds   ',
      'Max open files            1024                 1024                 files     ',
      '',
    ].join('\n'),
    'limits-of-group': `memory.max 1073741824\nmemory.swap.max 0\npids.max 513\n`,
    mountinfo: [
      '68 49 0:54 / / ro,nosuid,nodev,relatime - overlay overlay ro,lowerdir=/sys/points:../artifacts/tiny/82aa/tree',
      '69 68 0:65 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw',
      '72 69 0:40 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw',
      '126 68 0:67 / /dev ro,nosuid,nodev,relatime - tmpfs tmpfs rw,mode=755',
      ...['null', 'zero', 'full', 'random', 'urandom', 'tty'].map(
        (name, index) => `${127 + index} 126 0:6 /${name} /dev/${name} rw,nosuid,relatime - devtmpfs devtmpfs rw`,
      ),
      '136 126 0:70 / /dev/pts rw,nosuid,noexec,relatime - devpts devpts rw,mode=620',
      '137 126 0:71 / /dev/shm rw,nosuid,nodev,relatime - tmpfs tmpfs rw,size=262144k',
      '138 68 0:72 / /tmp rw,nosuid,nodev,relatime - tmpfs tmpfs rw,size=16777216k',
      '139 68 0:73 / /run rw,nosuid,nodev,relatime - tmpfs tmpfs rw,mode=755',
      '140 68 0:60 / /workspace rw,nosuid,nodev,relatime shared:1 - overlay overlay rw,lowerdir=/sys/empty',
      '141 68 0:74 / /home rw,nosuid,nodev,relatime - tmpfs tmpfs rw,size=1048576k',
      '142 139 0:64 /bindfile//deleted /run/step ro,nosuid,nodev,relatime - tmpfs tmpfs rw',
      '',
    ].join('\n'),
    namespaces: namespaces(30),
    'namespaces-of-host': namespaces(10),
    'namespaces-of-keeper': namespaces(10, { mnt: 20, pid: 20, user: 20 }),
    'net/dev': 'Inter-|   Receive\n face |bytes    packets\n    lo:       0       0\n',
    oom_score_adj: '0\n',
    stat: '4 (98) S 3 3 3 0 -1 4194304 16 0 0 0\n',
    status: statusText(),
    'status-of-keeper': 'Name:\tperl\nSeccomp:\t0\nSeccomp_filters:\t0\n',
    uid_map: '      1000       1000          1\n',
    'uid_map-of-keeper': '         0       1001          1\n         1     100000      65535\n',
  };
}

/** The file that a keeper writes of it. */
export function witnessFile(sections: Readonly<Record<string, string>>): string {
  const texts = Object.entries(sections).map(([name, text]) => `@${name} ${Buffer.byteLength(text)}\n${text}\n`);
  return `contractor-witness 1\n${texts.join('')}@end 0\n\n`;
}

function statusText(): string {
  return [
    'Name:\t98',
    'Uid:\t1000\t1000\t1000\t1000',
    'Gid:\t1000\t1000\t1000\t1000',
    'Groups:\t ',
    ...['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map((name) => `${name}:\t${NONE}`),
    'NoNewPrivs:\t1',
    'Seccomp:\t2',
    'Seccomp_filters:\t1',
    '',
  ].join('\n');
}

function namespaces(number: number, others: Readonly<Record<string, number>> = {}): string {
  return ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']
    .map((name) => `${name} ${name}:[${others[name] ?? number}]\n`)
    .join('');
}

import { describe, expect, test } from 'vitest';
import type { SandboxPolicy } from '../../../sandbox/policy.ts';
import { ARCHITECTURES, architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import { policyFilter } from '../../../sandbox/seccomp/policy-filter.ts';
import { allCalls } from './all-calls.ts';
import { answerOf } from './simulator.ts';

const container = { type: 'container', directory: '/', environment: {} } as const;
const tool = { type: 'vetted-tool', identity: 'root', network: true, environment: {}, reads: [] } as const;
const policies = {
  builder: { ...container, identity: 'builder' },
  root: { ...container, identity: 'root' },
  tool,
  'foreign tool': { ...tool, foreignPrograms: true },
} as const satisfies Record<string, SandboxPolicy>;

const [EPERM, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT] = [1, 38, 93, 97];

describe.each(['x86_64', 'aarch64'] as const)('on %s', (name) => {
  const architecture = ARCHITECTURES[name];
  const calls = allCalls(name);
  const filters = {
    builder: policyFilter(policies.builder, architecture),
    root: policyFilter(policies.root, architecture),
    tool: policyFilter(policies.tool, architecture),
    'foreign tool': policyFilter(policies['foreign tool'], architecture),
  };
  type Who = keyof typeof filters;
  const everybody = ['builder', 'root', 'tool', 'foreign tool'] as const;
  const containers = ['builder', 'root'] as const;

  const ask = (who: Who, call: string, values: readonly (number | bigint)[] = []): 'allow' | 'kill' | number => {
    const number = calls.get(call);
    if (number === undefined) throw new Error(`${name} has no ${call}`);
    return answerOf(filters[who], { audit: architecture.audit, number, arguments: values });
  };

  test('the kernel names the ABI by the machine of its ELF files: 64 bits, little-endian', () => {
    const machine = { x86_64: 62, aarch64: 183 }[name];
    expect(architecture.audit).toBe(0x80000000 + 0x40000000 + machine);
  });

  test('the numbers are those of the headers', () => {
    expect(Object.entries(architecture.numbers).filter(([call, number]) => calls.get(call) !== number)).toEqual([]);
    // A call that a rule names is closed wherever it exists.
    const unnumbered = Object.keys(ARCHITECTURES.x86_64.numbers).filter((call) => !(call in architecture.numbers));
    expect(unnumbered.filter((call) => calls.has(call))).toEqual([]);
  });

  test('what is closed, whatever the arguments, is this', () => {
    const answers = Object.groupBy(calls.keys(), (call) => {
      const all = everybody.map((who) => `${who} ${ask(who, call)}`);
      return all.every((one) => one.endsWith(' allow')) ? 'allowed to all' : all.join(', ');
    });
    expect(
      Object.fromEntries(Object.entries(answers).map(([key, names]) => [key, names?.join(' ')])),
    ).toMatchSnapshot();
  });

  describe.each(everybody)('for the filter of %s', (who) => {
    test('calls of another ABI end the process, or are let through for tools that may run foreign programs', () => {
      const foreign = [0x40000003, 0x40000028, 0xc000003e, 0xc00000b7, 0x800000b7, 0].filter(
        (audit) => audit !== architecture.audit,
      );
      for (const audit of foreign) {
        for (const number of [0, 20, 120, 39]) {
          expect(answerOf(filters[who], { audit, number })).toBe(who === 'foreign tool' ? 'allow' : 'kill');
        }
      }
    });

    test.each([470, 471, 1000, 0x40000000, 0x40000000 + 39, 0x400001ff, 0x7fffffff, 0x80000000, 0xfffffffe])(
      'the number %i, which nobody has looked at, is answered as by a kernel that has no such call',
      (number) => expect(answerOf(filters[who], { audit: architecture.audit, number })).toBe(ENOSYS),
    );

    test('a call that a tracer leaves out stays left out', () => {
      expect(answerOf(filters[who], { audit: architecture.audit, number: 0xffffffff })).toBe('allow');
    });

    test.each([
      'read',
      'openat',
      'execve',
      'ptrace',
      'process_vm_readv',
      'fchownat',
      'seccomp',
      'landlock_restrict_self',
      'futex',
      'statx',
      'fchmodat2',
    ])('%s is open', (call) => expect(ask(who, call)).toBe('allow'));

    test.for([
      ['a local socket', [1, 1, 0], 'allow'],
      ['TCP', [2, 1, 6], 'allow'],
      ['UDP over IPv6', [10, 0x80802, 17], 'allow'],
      ['ping', [2, 2, 1], 'allow'],
      ['netlink for routes', [16, 3, 0], 'allow'],
      ['netlink for audit', [16, 3, 9], EAFNOSUPPORT],
      ['AF_ALG', [38, 5, 0], EAFNOSUPPORT],
      ['AF_VSOCK', [40, 1, 0], EAFNOSUPPORT],
      ['AF_PACKET', [17, 3, 0], EAFNOSUPPORT],
      ['no family', [0, 1, 0], EAFNOSUPPORT],
      ['AF_VSOCK with high bits, which the kernel leaves out', [0x1_0000_0028n, 1, 0], EAFNOSUPPORT],
      ['SCTP', [2, 1, 132], EPROTONOSUPPORT],
      ['DCCP over IPv6', [10, 6, 33], EPROTONOSUPPORT],
    ] as const)('a socket for %s', ([, values, answer]) => expect(ask(who, 'socket', values)).toBe(answer));

    test('pairs of sockets are local ones', () => {
      expect(ask(who, 'socketpair', [1, 1, 0])).toBe('allow');
      expect(ask(who, 'socketpair', [2, 1, 0])).toBe(EAFNOSUPPORT);
    });

    test('a terminal takes orders, but no faked input', () => {
      for (const order of [0x5401, 0x5413, 0x540e]) expect(ask(who, 'ioctl', [0, order])).toBe('allow');
      for (const order of [0x5412, 0x541c, 0x5423]) expect(ask(who, 'ioctl', [0, order])).toBe(EPERM);
      expect(ask(who, 'ioctl', [0, 0xdead_0000_5412n])).toBe(EPERM);
    });
  });

  const namespaces = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

  test.each(containers)('%s makes threads and processes, and no namespace', (who) => {
    expect(ask(who, 'clone', [0x3d0f00])).toBe('allow');
    expect(ask(who, 'clone', [0x01200011])).toBe('allow');
    expect(ask(who, 'unshare', [0x600])).toBe('allow');
    for (const flag of namespaces) {
      expect(ask(who, 'clone', [flag | 17])).toBe(EPERM);
      expect(ask(who, 'unshare', [flag])).toBe(EPERM);
    }
    expect(ask(who, 'unshare', [0x80])).toBe(EPERM);
    expect(ask(who, 'clone3')).toBe(ENOSYS);
    expect(ask(who, 'setns')).toBe(EPERM);
  });

  test.each(containers)('%s makes files, FIFOs and sockets, and no devices', (who) => {
    for (const [call, argument] of [['mknodat', 2], ...(name === 'x86_64' ? ([['mknod', 1]] as const) : [])] as const) {
      const answer = (mode: number): unknown =>
        ask(
          who,
          call,
          Array.from({ length: argument + 1 }, () => mode),
        );
      expect([0o644, 0o100644, 0o10644, 0o140755].map(answer)).toEqual(['allow', 'allow', 'allow', 'allow']);
      expect([0o20644, 0o60644].map(answer)).toEqual([EPERM, EPERM]);
    }
  });

  test.each(containers)('%s has the personality of Linux', (who) => {
    for (const usual of [0, 8, 0x20000, 0x20008, 0x40000, 0x40008, 0xffffffff]) {
      expect(ask(who, 'personality', [usual])).toBe('allow');
    }
    for (const other of [1, 6, 0x400000, 0x100000, 0x440000]) expect(ask(who, 'personality', [other])).toBe(EPERM);
  });

  test('root of a container may change its root directory; a builder could not', () => {
    expect([ask('root', 'chroot'), ask('builder', 'chroot')]).toEqual(['allow', EPERM]);
  });

  test('a tool that makes system trees mounts, unshares and makes devices', () => {
    for (const call of ['mount', 'umount2', 'pivot_root', 'chroot', 'unshare', 'setns', 'clone3', 'sethostname']) {
      expect(ask('tool', call, [0x10000000])).toBe('allow');
    }
    expect(ask('tool', 'mknodat', [0, 0, 0o20644])).toBe('allow');
  });
});

describe('the architecture', () => {
  test.each([
    ['x64', 'x86_64'],
    ['arm64', 'aarch64'],
  ])('that Node names %s is %s', (arch, name) => expect(architectureOf(arch).name).toBe(name));

  test.each(['ia32', 'arm', 'riscv64', 'ppc64', ''])('%j is refused: there are no numbers for it', (arch) => {
    expect(() => architectureOf(arch)).toThrow(expect.objectContaining({ code: 'HOST_UNSUITABLE' }));
  });
});

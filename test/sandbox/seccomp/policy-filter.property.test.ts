import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ARCHITECTURES } from '../../../sandbox/seccomp/architecture.ts';
import { policyFilter } from '../../../sandbox/seccomp/policy-filter.ts';
import { allCalls } from './all-calls.ts';
import { answerOf } from './simulator.ts';

/** What the builder of a container may call, written anew and in another way than the rules are. */
function model(name: string | undefined, [first = 0, second = 0, third = 0]: readonly number[]): string {
  switch (name) {
    case undefined:
    case 'listns':
    case 'rseq_slice_yield':
    case 'uretprobe':
    case 'uprobe':
      return 'ENOSYS';
    case 'clone':
      return (first & 0x7e020000) === 0 ? 'allow' : 'EPERM';
    case 'unshare':
      return (first & 0x7e020080) === 0 ? 'allow' : 'EPERM';
    case 'ioctl':
      return second === 0x5412 || second === 0x541c || second === 0x5423 ? 'EPERM' : 'allow';
    case 'mknod':
      return [2, 6].includes((second >>> 12) & 15) ? 'EPERM' : 'allow';
    case 'mknodat':
      return [2, 6].includes((third >>> 12) & 15) ? 'EPERM' : 'allow';
    case 'personality':
      return first === 0xffffffff || ((first & ~0x60008) === 0 && first < 0x60000) ? 'allow' : 'EPERM';
    case 'socketpair':
      return first === 1 ? 'allow' : 'EAFNOSUPPORT';
    case 'socket':
      if (first === 1) return 'allow';
      if (first === 16) return third === 0 ? 'allow' : 'EAFNOSUPPORT';
      if (first !== 2 && first !== 10) return 'EAFNOSUPPORT';
      return [0, 1, 6, 17, 58, 255].includes(third) ? 'allow' : 'EPROTONOSUPPORT';
    default:
      if (EPERM.test(name)) return 'EPERM';
      return ENOSYS.test(name) ? 'ENOSYS' : 'allow';
  }
}

const EPERM =
  /^(add_key|keyctl|request_key|bpf|perf_event_open|userfaultfd|kexec.*|(f?init|delete)_module|reboot|settimeofday|clock_(set|adj)time|adjtimex|swapo.*|quotactl|acct|open_by_handle_at|fanotify_init|syslog|io(pl|perm)|modify_ldt|move_pages|mbind|set_mempolicy|migrate_pages|vhangup|setns|u?mount2?|pivot_root|set(host|domain)name|kcmp|pidfd_getfd|process_madvise|chroot)$/;
const ENOSYS =
  /^(io_uring_.*|memfd_secret|quotactl_fd|set_mempolicy_home_node|(create|query)_module|get_kernel_syms|lookup_dcookie|nfsservctl|uselib|_sysctl|sysfs|ustat|clone3|open_tree|open_tree_attr|move_mount|fs(open|config|mount|pick)|mount_setattr)$/;
const NUMBERS: Readonly<Record<string, number>> = { EPERM: 1, ENOSYS: 38, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97 };

const telling = [
  0, 1, 2, 10, 16, 17, 38, 40, 0x5412, 0x541c, 0x5423, 0o20644, 0o60600, 0o140644, 0x10000000, 0x80, 0x20008,
  0xffffffff,
];
const word = fc.oneof(fc.constantFrom(...telling), fc.nat(300), fc.nat(0xffffffff));

test.each(['x86_64', 'aarch64'] as const)('on %s a builder may call what a model of it may', (architecture) => {
  const { audit } = ARCHITECTURES[architecture];
  const policy = { type: 'container', identity: 'builder', directory: '/', environment: {} } as const;
  const filter = policyFilter(policy, ARCHITECTURES[architecture]);
  const calls = allCalls(architecture);
  const names = new Map([...calls].map(([name, number]) => [number, name]));
  const argued = ['clone', 'unshare', 'ioctl', 'mknod', 'mknodat', 'personality', 'socket', 'socketpair'];
  const number = fc.oneof(
    fc.constantFrom(...argued.flatMap((name) => calls.get(name) ?? [])),
    fc.nat(480),
    fc.nat(0xfffffffe),
  );
  // The kernel takes the low half of these arguments; what a caller puts above it changes nothing.
  const above = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff));
  fc.assert(
    fc.property(number, fc.tuple(word, word, word), above, (called, low, high) => {
      const values = low.map((half, index) => (BigInt(high[index] ?? 0) << 32n) | BigInt(half));
      const expected = model(names.get(called), low);
      const answer = answerOf(filter, { audit, number: called, arguments: values });
      expect(answer).toBe(NUMBERS[expected] ?? expected);
    }),
  );
});

import { architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import { allCalls } from './all-calls.ts';

/** A system call that does no harm where it succeeds, and the error that the filter answers it with. */
interface Probe {
  readonly call: string;
  /** Of a call that has no name. */
  readonly number?: number;
  readonly arguments: readonly (number | string)[];
  readonly filtered: number;
  /** The kernel itself answers in the same way on some hosts, so that it proves nothing without the filter. */
  readonly alikeOnSomeHosts?: boolean;
}

const [EPERM, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT] = [1, 38, 93, 97];
const CLONE_NEWUSER = 0x10000000;

const PROBES: readonly Probe[] = [
  { call: 'keyctl', arguments: [0, -3, 0], filtered: EPERM }, // which keyring a session has
  { call: 'unshare', arguments: [CLONE_NEWUSER], filtered: EPERM },
  { call: 'clone3', arguments: [0, 0], filtered: ENOSYS },
  { call: 'setns', arguments: [-1, 0], filtered: EPERM },
  { call: 'ioctl', arguments: [0, 0x5412, 'x'], filtered: EPERM }, // TIOCSTI
  { call: 'mknodat', arguments: [-100, '/tmp/gone', 0o20644, 0], filtered: EPERM }, // a whiteout of overlayfs
  { call: 'personality', arguments: [0x200000], filtered: EPERM },
  { call: 'open_tree', arguments: [-1, 0, 0], filtered: ENOSYS },
  { call: 'kcmp', arguments: [1, 1, 2, 0, 0], filtered: EPERM },
  { call: 'socket', arguments: [17, 3, 0], filtered: EAFNOSUPPORT }, // AF_PACKET
  { call: 'socketpair', arguments: [2, 1, 0, 0], filtered: EAFNOSUPPORT },
  { call: 'socket', arguments: [40, 1, 0], filtered: EAFNOSUPPORT, alikeOnSomeHosts: true }, // AF_VSOCK
  { call: 'socket', arguments: [2, 1, 132], filtered: EPROTONOSUPPORT, alikeOnSomeHosts: true }, // SCTP
  { call: 'io_uring_setup', arguments: [0, 0], filtered: ENOSYS, alikeOnSomeHosts: true },
  { call: 'userfaultfd', arguments: [1], filtered: EPERM }, // of faults in its own code alone, which anybody may ask for
  { call: 'none', number: 423, arguments: [], filtered: ENOSYS, alikeOnSomeHosts: true }, // in a gap of both architectures
  { call: 'bpf', arguments: [-1, 0, 0], filtered: EPERM, alikeOnSomeHosts: true },
];

/** The lines that a filtered process gets. */
export const filteredAnswers: string = PROBES.map(({ call, filtered }, index) => `${index} ${call} ${filtered}\n`).join(
  '',
);

/** Of what {@link probeScript} printed without a filter: the probes that were answered as with it, though they should not. */
export function alike(output: string): string[] {
  const lines = new Set(output.split('\n'));
  return filteredAnswers
    .trim()
    .split('\n')
    .filter((line, index) => lines.has(line) && PROBES[index]?.alikeOnSomeHosts !== true);
}

/** For `perl -e`: prints number, name and error of each probe, each in a process of its own; 0 for none. */
export function probeScript(): string {
  const numbers = allCalls(architectureOf(process.arch).name);
  const calls = PROBES.map(({ call, number, arguments: values }, index) => {
    const words = [
      number ?? numbers.get(call) ?? 'die',
      ...values.map((value) => (typeof value === 'number' ? value : `"${value}"`)),
    ];
    return `probe("${index} ${call}", ${words.join(', ')});`;
  });
  return `$| = 1; sub probe { my ($name, @call) = @_; waitpid($_, 0), return if $_ = fork; my $got = syscall($call[0], @call[1..$#call]); print "$name ", $got == -1 ? $! + 0 : 0, "\\n"; exit }\n${calls.join('\n')}`;
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import { allCalls } from './all-calls.ts';

/** A system call that does no harm where it succeeds, and the error that the filter answers it with. */
interface Probe {
  readonly call: string;
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
  { call: 'bpf', arguments: [-1, 0, 0], filtered: EPERM, alikeOnSomeHosts: true },
];

/** The exit status of {@link FOREIGN} where its first call is made; 128 + SIGSYS where that kills it. */
export const FOREIGN_STATUS = { made: 7, killed: 159 } as const;

/** Where a tree has {@link makeForeignProgram}'s program. */
export const FOREIGN = '/bin/foreign';

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
  const calls = PROBES.map(({ call, arguments: values }, index) => {
    const words = [
      numbers.get(call) ?? 'die',
      ...values.map((value) => (typeof value === 'number' ? value : `"${value}"`)),
    ];
    return `probe("${index} ${call}", ${words.join(', ')});`;
  });
  return `$| = 1; sub probe { my ($name, @call) = @_; waitpid($_, 0), return if $_ = fork; my $got = syscall($call[0], @call[1..$#call]); print "$name ", $got == -1 ? $! + 0 : 0, "\\n"; exit }\n${calls.join('\n')}`;
}

/** The smallest program of x86_64 that makes a call of i386: getpid by int 0x80, then exit(7). */
export function makeForeignProgram(tree: string): void {
  const code = Buffer.from('b814000000cd80b83c000000bf070000000f05', 'hex');
  const elf = Buffer.alloc(120);
  const address = 0x400000n;
  elf.write('7f454c46020101', 'hex');
  elf.writeUInt16LE(2, 16); // an executable
  elf.writeUInt16LE(62, 18); // of x86_64
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(address + 120n, 24); // where it begins
  elf.writeBigUInt64LE(64n, 32); // where the one program header is
  for (const [offset, value] of [
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const)
    elf.writeUInt16LE(value, offset);
  elf.writeUInt32LE(1, 64); // to be loaded,
  elf.writeUInt32LE(5, 68); // to be read and executed
  elf.writeBigUInt64LE(address, 80);
  for (const offset of [96, 104]) elf.writeBigUInt64LE(BigInt(120 + code.length), offset);
  elf.writeBigUInt64LE(0x1000n, 112);
  writeFileSync(join(tree, FOREIGN), Buffer.concat([elf, code]), { mode: 0o755 });
}

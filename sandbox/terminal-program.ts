import type { KeeperJob } from './keeper-job.ts';
import { architectureOf } from './seccomp/architecture.ts';
import type { Architecture } from './seccomp/architecture.ts';

/**
 * A file for a command that is to control its terminal: a program that does
 *
 *     setsid(); ioctl(0, TIOCSCTTY, 0); execve(argv[1], argv + 1, envp); exit(127);
 *
 * Jobs, Ctrl-C and Ctrl-Z need a session whose leader has a number in the pid
 * namespace of the container, so bwrap, who stands half outside, cannot be it; and
 * no program of a system tree can be counted on. It is made here, as a static ELF
 * file, because contractor ships no compiled programs.
 */
export function terminalFile(
  architecture: Architecture['name'] = architectureOf(process.arch).name,
): KeeperJob['files'][number] {
  return { path: '/run/terminal', mode: '0755', content: elf(CODE[architecture]) };
}

const LOAD_ADDRESS = 0x40_0000;
const HEADER_BYTES = 64 + 56;

interface Code {
  readonly machine: number;
  readonly bytes: Buffer;
}

/** ELF-64 with one segment, which holds all of the file. See elf(5). */
function elf({ machine, bytes }: Code): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('\x7fELF\x02\x01\x01', 'latin1'); // 64 bits, little-endian, version 1
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS + HEADER_BYTES), 24); // entry
  header.writeBigUInt64LE(64n, 32); // program headers follow
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56); // of which there is one
  const size = BigInt(HEADER_BYTES + bytes.length);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68); // readable, executable
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 80);
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 88);
  header.writeBigUInt64LE(size, 96);
  header.writeBigUInt64LE(size, 104);
  header.writeBigUInt64LE(0x1_0000n, 112); // alignment: aarch64 may have pages of 64 KiB
  return Buffer.concat([header, bytes]);
}

const TIOCSCTTY = 0x540e;

/** `movz Xd, #value` */
const move = (register: number, value: number): number => 0xd280_0000 + value * 32 + register;
const CALL = 0xd400_0001;

const CODE: Readonly<Record<Architecture['name'], Code>> = {
  x86_64: {
    machine: 62,
    bytes: Buffer.from(
      [
        'b870000000 0f05', // setsid()
        '31ff be0e540000 31d2 b810000000 0f05', // ioctl(0, TIOCSCTTY, 0)
        '488b0c24', // rcx = argc
        '488d54cc10', // rdx = envp: behind argc, argv and its zero
        '488d742410 488b3e', // rsi = argv + 1, rdi = *rsi
        'b83b000000 0f05', // execve
        'bf7f000000 b83c000000 0f05', // exit(127)
      ]
        .join('')
        .replaceAll(' ', ''),
      'hex',
    ),
  },
  aarch64: {
    machine: 183,
    bytes: Buffer.from(
      new Uint32Array([
        ...[move(8, 157), CALL], // setsid()
        ...[move(0, 0), move(1, TIOCSCTTY), move(2, 0), move(8, 29), CALL], // ioctl(0, TIOCSCTTY, 0)
        0xf940_03e3, // ldr x3, [sp]: argc
        0x9100_43e1, // add x1, sp, #16: argv + 1
        0xf940_0020, // ldr x0, [x1]
        0x8b03_0c22, // add x2, x1, x3, lsl #3: envp
        ...[move(8, 221), CALL], // execve
        ...[move(0, 127), move(8, 93), CALL], // exit(127)
      ]).buffer,
    ),
  },
};

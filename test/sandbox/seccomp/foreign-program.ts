import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { architectureOf } from '../../../sandbox/seccomp/architecture.ts';
import type { Architecture } from '../../../sandbox/seccomp/architecture.ts';

/** Where a tree has {@link makeForeignProgram}'s program. */
export const FOREIGN = '/bin/foreign';

/** Its exit status where its first call is made; 128 + SIGSYS where that kills it. */
export const FOREIGN_STATUS = { made: 7, killed: 159 } as const;

const ADDRESS = 0x400000;

/** The smallest program that makes a call of the older ABI of this host's processor: getpid(), then exit(7). */
export function makeForeignProgram(tree: string): void {
  writeFileSync(join(tree, FOREIGN), PROGRAMS[architectureOf(process.arch).name](), { mode: 0o755 });
}

const PROGRAMS: Readonly<Record<Architecture['name'], () => Buffer>> = {
  // A program of x86_64 that makes a call of i386, int 0x80, and then ends by one of its own.
  x86_64: () => elf64(62, Buffer.from('b814000000cd80b83c000000bf070000000f05', 'hex')),
  // One of arm all through: mov r7, #20; svc #0; mov r0, #7; mov r7, #1; svc #0.
  aarch64: () =>
    elf32(40, Buffer.from(new Uint32Array([0xe3a07014, 0xef000000, 0xe3a00007, 0xe3a07001, 0xef000000]).buffer)),
};

/** A program of nothing but `code`, in one segment that is read and executed: see elf(5). */
function elf64(machine: number, code: Buffer): Buffer {
  const elf = Buffer.alloc(120);
  elf.write('7f454c46020101', 'hex'); // 64 bits, little-endian, version 1
  elf.writeUInt16LE(2, 16); // an executable
  elf.writeUInt16LE(machine, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeBigUInt64LE(BigInt(ADDRESS + 120), 24); // where it begins
  elf.writeBigUInt64LE(64n, 32); // where the one program header is
  for (const [index, value] of [64, 56, 1].entries()) elf.writeUInt16LE(value, 52 + 2 * index);
  elf.writeUInt32LE(1, 64); // to be loaded,
  elf.writeUInt32LE(5, 68); // to be read and executed
  elf.writeBigUInt64LE(BigInt(ADDRESS), 80);
  for (const offset of [96, 104]) elf.writeBigUInt64LE(BigInt(120 + code.length), offset);
  elf.writeBigUInt64LE(0x1_0000n, 112);
  return Buffer.concat([elf, code]);
}

/** The same of 32 bits. */
function elf32(machine: number, code: Buffer): Buffer {
  const elf = Buffer.alloc(84);
  elf.write('7f454c46010101', 'hex');
  elf.writeUInt16LE(2, 16);
  elf.writeUInt16LE(machine, 18);
  elf.writeUInt32LE(1, 20);
  elf.writeUInt32LE(ADDRESS + 84, 24);
  elf.writeUInt32LE(52, 28);
  elf.writeUInt32LE(0x0500_0000, 36); // the EABI of arm, version 5: a kernel takes no other
  for (const [index, value] of [52, 32, 1].entries()) elf.writeUInt16LE(value, 40 + 2 * index);
  elf.writeUInt32LE(1, 52);
  for (const offset of [60, 64]) elf.writeUInt32LE(ADDRESS, offset);
  for (const offset of [68, 72]) elf.writeUInt32LE(84 + code.length, offset);
  elf.writeUInt32LE(5, 76);
  elf.writeUInt32LE(0x1_0000, 80);
  return Buffer.concat([elf, code]);
}

import { littleEndian } from './line.ts';

/** EM_* of elf.h. */
export const MACHINES = { x86_64: 62, aarch64: 183 } as const;

const BASE = 0x400000;
const HEADERS_BYTES = 64 + 2 * 56;

/**
 * A static program of nothing but `code`, which is entered at its first byte: see elf(5).
 *
 *     ┌ ELF header 64 ┬ PT_LOAD: all of this file, readable and executable 56 ┬ PT_GNU_STACK 56 ┬ code ┐
 */
export function elfProgram(machine: keyof typeof MACHINES, code: Uint8Array): Uint8Array {
  const size = HEADERS_BYTES + code.length;
  const u16 = (value: number): number[] => littleEndian(value, 2);
  const u32 = (value: number): number[] => littleEndian(value, 4);
  const u64 = (value: number): number[] => littleEndian(value, 8);
  const READ = 4;
  const WRITE = 2;
  const EXECUTE = 1;
  const LARGEST_PAGE = 0x10000;
  return Uint8Array.from([
    ...[0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, ...u64(0)], // 64 bits, little-endian, version 1, System V
    ...[...u16(2), ...u16(MACHINES[machine]), ...u32(1)], // ET_EXEC
    ...[...u64(BASE + HEADERS_BYTES), ...u64(64), ...u64(0)], // entry, program headers, no sections
    ...[...u32(0), ...u16(64), ...u16(56), ...u16(2), ...u16(64), ...u16(0), ...u16(0)],
    ...[...u32(1), ...u32(READ | EXECUTE), ...u64(0), ...u64(BASE), ...u64(BASE), ...u64(size), ...u64(size)],
    ...u64(LARGEST_PAGE),
    // Without this one the kernel might give the stack, and programs that it starts, more than they need.
    ...[...u32(0x6474e551), ...u32(READ | WRITE), ...u64(0), ...u64(0), ...u64(0), ...u64(0), ...u64(0), ...u64(16)],
    ...code,
  ]);
}

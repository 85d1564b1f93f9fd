import { littleEndian } from './line.ts';
import type { CallName, Encode, Operand } from './line.ts';

/** Of `asm-generic/unistd.h`. */
const NUMBERS: Readonly<Record<CallName, number>> = {
  unshare: 97,
  read: 63,
  write: 64,
  close: 57,
  execve: 221,
  exit: 93,
};

/** From the stack pointer: argc, then argv. */
const ARGV = 8;
const SP = 31;

/** The lines of the gate as code of aarch64. Encodings: Arm's Architecture Reference Manual, C6.2. */
export const encodeAarch64: Encode = (line, distance) => {
  switch (line.type) {
    case 'label':
      return [];
    case 'text':
      return [...Buffer.from(line.text)];
    case 'call': {
      const words: number[] = [];
      for (const [register, operand] of line.arguments.entries()) {
        words.push(...load(register, operand, (label, from) => distance(label, 4 * words.length + from)));
      }
      return inBytes([...words, movz(8, NUMBERS[line.name]), 0xd4000001]); // svc #0
    }
    case 'branch': // cmp or cmn x0, #value; b.eq or b.ne
      return inBytes([
        ((line.value < 0 ? 0xb100001f : 0xf100001f) | (Math.abs(line.value) << 10)) >>> 0,
        0x54000000 | (nineteenBits(distance(line.to, 4)) << 5) | (line.when === '==' ? 0 : 1),
      ]);
    case 'branch-on-byte': // ldurb w9, [sp, #-16]; cmp w9, #value; b.ne
      return inBytes([
        0x38400000 | (0x1f0 << 12) | (SP << 5) | 9,
        0x7100001f | (line.value << 10) | (9 << 5),
        0x54000000 | (nineteenBits(distance(line.to, 8)) << 5) | 1,
      ]);
  }
};

function load(register: number, operand: Operand, distance: Parameters<Encode>[1]): number[] {
  switch (operand.type) {
    case 'number':
      return [movz(register, operand.value)];
    case 'address': {
      // adr: 21 bits, the low two apart
      const offset = distance(operand.label, 0) & 0x1fffff;
      return [(0x10000000 | ((offset & 3) << 29) | ((offset >> 2) << 5) | register) >>> 0];
    }
    case 'scratch': // sub x, sp, #16
      return [(0xd1000000 | (16 << 10) | (SP << 5) | register) >>> 0];
    case 'argument':
      return [loadFromStack(register, ARGV + 8 * operand.n)];
    case 'arguments-from': // add x, sp, #…
      return [(0x91000000 | ((ARGV + 8 * operand.n) << 10) | (SP << 5) | register) >>> 0];
    case 'environment': // ldr x, [sp]; add x, sp, x, lsl #3; add x, x, #16: behind argv and its null
      return [
        loadFromStack(register, 0),
        (0x8b206000 | (register << 16) | (3 << 10) | (SP << 5) | register) >>> 0,
        (0x91000000 | ((ARGV + 8) << 10) | (register << 5) | register) >>> 0,
      ];
    case 'length': // x9 = argv[n]; count while w10 = [x9 + x] is not 0
      return [
        loadFromStack(9, ARGV + 8 * operand.n),
        movz(register, 0),
        (0x38606800 | (register << 16) | (9 << 5) | 10) >>> 0,
        0x34000000 | (3 << 5) | 10,
        (0x91000400 | (register << 5) | register) >>> 0,
        0x17fffffd, // b, three back
      ];
  }
}

function movz(register: number, value: number): number {
  const shifted = value >= 0x10000;
  const half = shifted ? value / 0x10000 : value;
  return (0xd2800000 | (shifted ? 1 << 21 : 0) | (half << 5) | register) >>> 0;
}

function loadFromStack(register: number, offset: number): number {
  return (0xf9400000 | ((offset / 8) << 10) | (SP << 5) | register) >>> 0;
}

function nineteenBits(distance: number): number {
  return (distance / 4) & 0x7ffff;
}

function inBytes(words: readonly number[]): number[] {
  return words.flatMap((word) => littleEndian(word, 4));
}

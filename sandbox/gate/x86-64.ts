import { littleEndian } from './line.ts';
import type { CallName, Encode, Operand } from './line.ts';

/** Of `asm/unistd_64.h`. */
const NUMBERS: Readonly<Record<CallName, number>> = {
  unshare: 272,
  read: 0,
  write: 1,
  close: 3,
  execve: 59,
  exit: 60,
};

/** rdi, rsi, rdx: where a system call has its arguments, as instructions number registers. */
const REGISTERS = [7, 6, 2] as const;

/** From the stack pointer: argc, then argv. See the psABI, "Process Initialization". */
const ARGV = 8;
const SCRATCH = 0xf8; // -8, in the red zone

/** The lines of the gate as code of x86_64. Encodings: Intel's manual, volume 2. */
export const encodeX8664: Encode = (line, distance) => {
  switch (line.type) {
    case 'label':
      return [];
    case 'text':
      return [...Buffer.from(line.text)];
    case 'call': {
      const bytes: number[] = [];
      for (const [index, operand] of line.arguments.entries()) {
        bytes.push(
          ...load(REGISTERS[index] ?? Number.NaN, operand, (label, from) => distance(label, bytes.length + from)),
        );
      }
      return [...bytes, 0xb8, ...littleEndian(NUMBERS[line.name], 4), 0x0f, 0x05]; // mov eax, number; syscall
    }
    case 'branch': // cmp rax, value; je or jne
      return [
        ...[0x48, 0x3d, ...littleEndian(line.value, 4)],
        ...[0x0f, line.when === '==' ? 0x84 : 0x85, ...littleEndian(distance(line.to, 12), 4)],
      ];
    case 'branch-on-byte': // cmp byte [rsp-8], value; jne
      return [0x80, 0x7c, 0x24, SCRATCH, line.value, 0x0f, 0x85, ...littleEndian(distance(line.to, 11), 4)];
  }
};

function load(register: number, operand: Operand, distance: Parameters<Encode>[1]): number[] {
  const onStack = 0x44 | (register << 3); // ModRM for [rsp + disp8], with the SIB byte 0x24
  switch (operand.type) {
    case 'number': // mov r32, value
      return [0xb8 + register, ...littleEndian(operand.value, 4)];
    case 'address': // lea r64, [rip + distance]
      return [0x48, 0x8d, 0x05 | (register << 3), ...littleEndian(distance(operand.label, 7), 4)];
    case 'scratch': // lea r64, [rsp-8]
      return [0x48, 0x8d, onStack, 0x24, SCRATCH];
    case 'argument': // mov r64, [rsp + …]
      return [0x48, 0x8b, onStack, 0x24, ARGV + 8 * operand.n];
    case 'arguments-from': // lea r64, [rsp + …]
      return [0x48, 0x8d, onStack, 0x24, ARGV + 8 * operand.n];
    case 'environment': // mov r64, [rsp]; lea r64, [rsp + 8·r64 + 16]: behind argv and its null
      return [
        ...[0x48, 0x8b, 0x04 | (register << 3), 0x24],
        ...[0x48, 0x8d, onStack, 0xc4 | (register << 3), ARGV + 8],
      ];
    case 'length': // rax = argv[n]; count while [rax + r64] is not 0
      return [
        ...[0x48, 0x8b, 0x44, 0x24, ARGV + 8 * operand.n],
        ...[0x31, 0xc0 | (register << 3) | register],
        ...[0x80, 0x3c, register << 3, 0x00],
        ...[0x74, 0x05],
        ...[0x48, 0xff, 0xc0 | register],
        ...[0xeb, 0xf5],
      ];
  }
}

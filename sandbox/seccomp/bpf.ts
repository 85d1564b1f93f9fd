import { assert } from '../../errors.ts';

/** A line of a program of classic BPF, as the kernel runs it over `struct seccomp_data`: see seccomp(2). */
export type Line =
  | { readonly type: 'label'; readonly name: string }
  | { readonly type: 'load'; readonly offset: number }
  | { readonly type: 'and'; readonly mask: number }
  | { readonly type: 'return'; readonly value: number }
  /** Goes on with the next line where a label is left out. `>` and `>=` compare without sign. */
  | {
      readonly type: 'jump';
      readonly test: '==' | '>' | '>=';
      readonly value: number;
      readonly yes?: string;
      readonly no?: string;
    };

/** Offsets into `struct seccomp_data`; of an argument the low half, on a little-endian machine. */
export const DATA = { number: 0, architecture: 4, argument: (n: number): number => 16 + 8 * n };

/** BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K, BPF_RET|BPF_K, and BPF_JMP|…|BPF_K, from linux/bpf_common.h. */
const CODE = { load: 0x20, and: 0x54, return: 0x06, '==': 0x15, '>': 0x25, '>=': 0x35 } as const;

const INSTRUCTION_BYTES = 8;
const MOST_INSTRUCTIONS = 4096;

/**
 * The program as the kernel takes it: an array of `struct sock_filter`.
 *
 *     ┌ code u16 ┬ jt u8 ┬ jf u8 ┬ k u32 ┐   jt and jf: how many instructions to leave out
 *
 * Jumps go forward only, 255 instructions at most: that every program ends is what the kernel trusts.
 */
export function assemble(lines: readonly Line[]): Uint8Array {
  const labels = new Map<string, number>();
  let count = 0;
  for (const line of lines) {
    if (line.type !== 'label') count += 1;
    else {
      assert(!labels.has(line.name), `label ${line.name} twice`);
      labels.set(line.name, count);
    }
  }
  assert(count <= MOST_INSTRUCTIONS, `${count} instructions`);
  const view = new DataView(new ArrayBuffer(count * INSTRUCTION_BYTES));
  let at = 0;
  const distance = (label: string | undefined): number => {
    if (label === undefined) return 0;
    const leftOut = (labels.get(label) ?? Number.NaN) - at - 1;
    assert(leftOut >= 0 && leftOut <= 255, `no jump from ${at} to ${label}`);
    return leftOut;
  };
  for (const line of lines) {
    if (line.type === 'label') continue;
    const place = at * INSTRUCTION_BYTES;
    view.setUint16(place, CODE[line.type === 'jump' ? line.test : line.type], true);
    if (line.type === 'jump') {
      view.setUint8(place + 2, distance(line.yes));
      view.setUint8(place + 3, distance(line.no));
    }
    view.setUint32(place + 4, operand(line), true);
    at += 1;
  }
  return new Uint8Array(view.buffer);
}

function operand(line: Exclude<Line, { type: 'label' }>): number {
  if (line.type === 'load') return line.offset;
  return line.type === 'and' ? line.mask : line.value;
}

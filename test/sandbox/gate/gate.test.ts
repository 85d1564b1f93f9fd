import { describe, expect, test } from 'vitest';
import { gateProgram } from '../../../sandbox/gate/gate.ts';

const ARCHITECTURES = ['x86_64', 'aarch64'] as const;

/** In fours, as a disassembler of aarch64 wants them; one of x86_64 takes the same without the spaces. */
function hexOf(program: Uint8Array): string {
  return Buffer.from(program)
    .toString('hex')
    .replaceAll(/(.{8})/g, '$1 ')
    .replaceAll(/(.{72})/g, '$1\n');
}

test.each(ARCHITECTURES)('the gate of %s is byte for byte what was read and run', (architecture) => {
  expect(hexOf(gateProgram(architecture))).toMatchSnapshot();
});

describe.each(ARCHITECTURES)('the gate of %s', (architecture) => {
  const bytes = gateProgram(architecture);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const segment = (index: number): DataView => new DataView(bytes.buffer, bytes.byteOffset + 64 + 56 * index, 56);

  test('is a static 64-bit program of its machine, entered behind its headers', () => {
    expect([...bytes.slice(0, 7)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    expect(view.getUint16(16, true)).toBe(2);
    expect(view.getUint16(18, true)).toBe({ x86_64: 62, aarch64: 183 }[architecture]);
    expect(view.getUint16(56, true)).toBe(2);
    expect(view.getBigUint64(24, true)).toBe(segment(0).getBigUint64(16, true) + 64n + 2n * 56n);
  });

  test('is mapped whole and never writable, and its stack is not executable', () => {
    expect([segment(0).getUint32(0, true), segment(0).getUint32(4, true)]).toEqual([1, 5]);
    expect(segment(0).getBigUint64(32, true)).toBe(BigInt(bytes.length));
    expect([segment(1).getUint32(0, true), segment(1).getUint32(4, true)]).toEqual([0x6474e551, 6]);
  });

  test('is small', () => {
    expect(bytes.length).toBeLessThan(1024);
  });
});

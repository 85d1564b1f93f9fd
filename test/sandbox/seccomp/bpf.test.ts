import { expect, test } from 'vitest';
import { assemble } from '../../../sandbox/seccomp/bpf.ts';
import type { Line } from '../../../sandbox/seccomp/bpf.ts';

const allow: Line = { type: 'return', value: 0x7fff0000 };
const allows = (count: number): Line[] => Array.from({ length: count }, () => allow);

test('an instruction is code, two distances and an operand, little-endian', () => {
  const program = assemble([
    { type: 'load', offset: 4 },
    { type: 'jump', test: '==', value: 0xc000003e, yes: 'ours' },
    { type: 'return', value: 0x80000000 },
    { type: 'label', name: 'ours' },
    { type: 'and', mask: 0xf000 },
    { type: 'jump', test: '>', value: 1, no: 'end' },
    { type: 'jump', test: '>=', value: 2, yes: 'end' },
    allow,
    { type: 'label', name: 'end' },
    allow,
  ]);
  expect(Buffer.from(program).toString('hex').match(/.{16}/g)).toEqual([
    '2000000004000000',
    '150001003e0000c0',
    '0600000000000080',
    '5400000000f00000',
    '2500000201000000',
    '3500010002000000',
    '060000000000ff7f',
    '060000000000ff7f',
  ]);
});

const jump = (label: string): Line => ({ type: 'jump', test: '==', value: 1, yes: label });

test.for<[string, readonly Line[], RegExp]>([
  ['to a label that is not there', [jump('a'), allow], /no jump from 0 to a/],
  ['back', [{ type: 'label', name: 'a' }, jump('a'), allow], /no jump from 0 to a/],
  ['further than 255 instructions', [jump('a'), ...allows(256), { type: 'label', name: 'a' }, allow], /no jump/],
  [
    'to one of two labels',
    [jump('a'), { type: 'label', name: 'a' }, { type: 'label', name: 'a' }, allow],
    /label a twice/,
  ],
])('no jump leads %s', ([, lines, message]) => {
  expect(() => assemble(lines)).toThrow(message);
});

test('a jump leads over 255 instructions', () => {
  expect(assemble([jump('a'), ...allows(255), { type: 'label', name: 'a' }, allow])[2]).toBe(255);
});

test('a program has 4096 instructions at most, as the kernel takes no more', () => {
  expect(assemble(allows(4096))).toHaveLength(4096 * 8);
  expect(() => assemble(allows(4097))).toThrow('4097 instructions');
});

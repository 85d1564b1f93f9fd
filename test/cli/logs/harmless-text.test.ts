import { expect, test } from 'vitest';
import { harmlessText } from '../../../cli/logs/harmless-text.ts';

function shown(pieces: readonly Buffer[]): string {
  const harmless = harmlessText();
  return pieces.map((piece) => harmless.next(piece)).join('') + harmless.rest();
}

test.each([
  ['a\r\r\nb', 'a\nb'],
  ['a\rb\r', 'a\nb\n'],
  ['\x1b[1;31mred\x1b[0m', 'red'],
  ['\x1b]0;title\x1b\\after', 'after'],
  ['\x1b]0;title\x07after', 'after'],
  ['\x1b(Bafter', 'after'],
  ['\x1bc', '␛c'],
  ['\x1b', '␛'],
  ['漢字', '漢字'],
])('%j is shown as %j, wherever it is cut', (text, expected) => {
  const bytes = Buffer.from(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    expect({ cut, shown: shown([bytes.subarray(0, cut), bytes.subarray(cut)]) }).toEqual({ cut, shown: expected });
  }
  expect(shown([...bytes].map((byte) => Buffer.of(byte)))).toBe(expected);
});

test('what cannot be part of a sequence is shown at once', () => {
  expect(harmlessText().next(Buffer.from('Continue? '))).toBe('Continue? ');
});

test('half a character at the end is shown as what it is: broken', () => {
  expect(shown([Buffer.from('漢').subarray(0, 2)])).toBe('\ufffd');
});

import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth } from '../../../cli/text/display-width.ts';
import { paintColours, paintNothing, type Tone } from '../../../cli/text/paint.ts';
import { rowText, type Row } from '../../../cli/text/row.ts';

const plain = (row: Row, width: number): string => rowText(row, { width, paint: paintNothing });
const row: Row = {
  left: [
    ['good', '✓ '],
    ['strong', 'hello'],
  ],
  right: [['faint', '1.0s']],
};

test('the right side stands at the edge', () => {
  expect(plain(row, 20)).toBe('✓ hello         1.0s');
});

test('the left side gives way to the right', () => {
  expect(plain(row, 10)).toBe('✓ he… 1.0s');
});

test('without an edge, the right side follows', () => {
  expect(plain(row, Infinity)).toBe('✓ hello  1.0s');
});

test('no spaces are left at the end', () => {
  expect(plain({ left: [['plain', 'a  ']] }, 20)).toBe('a');
});

test('each piece has the look of its tone, and colours take no room', () => {
  expect(rowText(row, { width: 20, paint: paintColours })).toBe(
    '\x1b[32m✓ \x1b[39m\x1b[1mhello\x1b[22m         \x1b[2m1.0s\x1b[22m',
  );
});

test('whatever it is made of, a row fits its width, on one line that steers nothing', () => {
  const piece = fc.tuple(fc.constantFrom<Tone>('plain', 'bad'), fc.string({ unit: 'binary', maxLength: 20 }));
  const pieces = fc.array(piece, { maxLength: 4 });
  fc.assert(
    fc.property(fc.record({ left: pieces, right: pieces }), fc.integer({ min: 1, max: 60 }), (row, width) => {
      const text = stripVTControlCharacters(rowText(row, { width, paint: paintColours }));
      expect(displayWidth(text)).toBeLessThanOrEqual(width);
      // oxlint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
    }),
  );
});

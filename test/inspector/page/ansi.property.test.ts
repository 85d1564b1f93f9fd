import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stretchesOf } from '../../../inspector/page/ansi.ts';

const text = (line: string): string =>
  stretchesOf(line)
    .map((stretch) => stretch.text)
    .join('');

test('colours become classes, and everything else of a sequence vanishes', () => {
  expect(stretchesOf('a \u001b[1;31mred\u001b[0m \u001b[38;2;0;255;0mgreen\u001b[m')).toEqual([
    { text: 'a ', classes: '' },
    { text: 'red', classes: 'bold fg-1' },
    { text: ' ', classes: '' },
    { text: 'green', classes: 'fg-10' },
  ]);
  expect(stretchesOf('\u001b[7;44mx')).toEqual([{ text: 'x', classes: 'fg-4 bg-front' }]);
  expect(text('a\u001b[2J\u001b[1;1Hb\u001b]0;title\u0007c\u001b]8;;http://x.test\u001b\\d\u001b(Be')).toBe('abcde');
});

test('of what carriage returns have overwritten only the last is left', () => {
  expect(text('10%\r20%\r30%\r')).toBe('30%');
  expect(text('all\r')).toBe('all');
});

test('no control character and none that turns the direction of text is left, whatever is in a line', () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(
          'a',
          '\u001b',
          '[',
          '3',
          '1',
          ';',
          'm',
          'K',
          ']',
          '\u0007',
          '\u0008',
          '\u009b',
          '\u202e',
          '\r',
          '<',
          '\u0000',
        ),
      }),
      (line) => {
        expect(text(line)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/);
      },
    ),
  );
});

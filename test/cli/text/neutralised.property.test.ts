import fc from 'fast-check';
import { expect, test } from 'vitest';
import { neutralised } from '../../../cli/text/neutralised.ts';
import { harmlessText } from '../../../cli/logs/harmless-text.ts';

/** Text in which every other piece is the beginning, middle or end of something that steers. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.constantFrom(
        '\x1b',
        '\x1b[',
        '\x1b]',
        '\x1b[3',
        '1;2m',
        '0;t',
        '\x07',
        '\x1b\\',
        '\r',
        '\n',
        '\r\n',
        '\x9b',
        '\u202e',
        ' ',
        'm',
        '\x1b(',
        '漢',
      ),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(''));

test('nothing is left that steers a terminal', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      // oxlint-disable-next-line no-control-regex
      expect(neutralised(text)).not.toMatch(
        /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
      );
    }),
  );
});

test('text that steers nothing is left as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', '[', ']', '0', 'é', '漢', '🎉') }), (text) => {
      expect(neutralised(text)).toBe(text);
    }),
  );
});

test('once is enough', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(neutralised(neutralised(text))).toBe(neutralised(text));
    }),
  );
});

test('a stream is shown in the same way wherever it is cut', () => {
  fc.assert(
    fc.property(hostileText, fc.array(fc.nat({ max: 40 }), { maxLength: 6 }), (text, cuts) => {
      const bytes = Buffer.from(text);
      const whole = harmlessText();
      const expected = whole.next(bytes) + whole.rest();
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length];
      const pieces = harmlessText();
      const shown = places.slice(1).map((end, index) => pieces.next(bytes.subarray(places[index], end)));
      expect(shown.join('') + pieces.rest()).toBe(expected);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText } from '../../../cli/text/json-text.ts';

const steering = fc.constantFrom(
  '\x1b',
  '\x7f',
  '\x9b',
  '\u202e',
  '\u2066',
  '\u2028',
  '\u061c',
  '\u200f',
  '"',
  '\\',
  'a',
);
const text = fc.array(steering).map((characters) => characters.join(''));

test('[A-271] JSON is the same for who parses it, and nothing in it steers a terminal', () => {
  fc.assert(
    fc.property(
      fc.oneof(text, fc.dictionary(text, text), fc.array(text)),
      fc.constantFrom(0, 2),
      (value, indentation) => {
        const printed = jsonText(value, indentation);
        expect(JSON.parse(printed)).toEqual(value);
        expect(printed).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
      },
    ),
  );
});

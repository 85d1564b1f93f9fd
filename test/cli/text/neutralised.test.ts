import { expect, test } from 'vitest';
import { neutralised, neutralisedLine } from '../../../cli/text/neutralised.ts';

test.each([
  ['plain text, tabs\tand\nlines', 'plain text, tabs\tand\nlines'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['\x1b[2J\x1b[1;1Hover', 'over'],
  ['\x1b]0;title\x07after', 'after'],
  ['\x1b]8;;http://x.test\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['\x1b(Bline drawing', 'line drawing'],
  ['never \x1b]0;ended, so it stays', 'never ␛]0;ended, so it stays'],
  ['\x1bc reset', '␛c reset'],
  ['\x1bP1$r0m\x1b\\', '␛P1$r0m␛\\'],
  ['bell\x07 null\x00 back\b', 'bell␇ null␀ back␈'],
  ['C1 \x9b31m', 'C1 �31m'],
  ['delete\x7f', 'delete␡'],
  ['10%\r20%\r\nnext\r\r\nlast', '10%\n20%\nnext\nlast'],
  ['user\u202Egnp.exe', 'user�gnp.exe'],
  ['\u2066isolated\u2069', '�isolated�'],
  ['漢字 é 🎉', '漢字 é 🎉'],
])('%j is shown as %j', (text, shown) => {
  expect(neutralised(text)).toBe(shown);
});

test('on one line, line ends and tabs are spaces', () => {
  expect(neutralisedLine('a\r\nb\tc\u2028d')).toBe('a b c d');
});

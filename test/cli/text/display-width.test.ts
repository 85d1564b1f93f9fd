import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayWidth, truncated } from '../../../cli/text/display-width.ts';

test.each([
  ['', 0],
  ['hello', 5],
  ['naïve', 5],
  ['e\u0301', 1],
  ['漢字', 4],
  ['ｆｕｌｌ', 8],
  ['한국', 4],
  ['🎉', 2],
  ['✓ ▶ · ⊘ ■ ━ ╌ │ … →', 19],
])('%j takes %i columns', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test.each([
  ['hello', 5, 'hello'],
  ['hello', 4, 'hel…'],
  ['hello', 1, '…'],
  ['hello', 0, ''],
  ['漢字漢字', 8, '漢字漢字'],
  ['漢字漢字', 7, '漢字漢…'],
  ['漢字漢字', 6, '漢字…'],
])('%j in %i columns is %j', (text, width, shown) => {
  expect(truncated(text, width)).toBe(shown);
});

test('what is cut fits, and is a beginning', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '漢', '\u0301', '🎉', 'é') });
  fc.assert(
    fc.property(text, fc.nat({ max: 30 }), (text, width) => {
      const shown = truncated(text, width);
      expect(displayWidth(shown)).toBeLessThanOrEqual(width);
      expect(text.startsWith(shown.replace(/…$/, ''))).toBe(true);
    }),
  );
});

import { expect, test } from 'vitest';
import { sizeText } from '../../../cli/text/size-text.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9_949, '9.9 kB'],
  [9_950, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [340_000_000, '340 MB'],
  [1_234_567_890, '1.2 GB'],
  [9e18, '9000 PB'],
])('%d bytes are %s', (sizeBytes, text) => {
  expect(sizeText(sizeBytes)).toBe(text);
});

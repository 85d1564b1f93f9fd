import { expect, test } from 'vitest';
import { amountText as amountOnTerminal } from '../../../index.ts';
import { amountText, limitText } from '../../../inspector/page/words.ts';

test.for([0, 1023, 1024, 1.5 * 1024 ** 2, 17.7 * 1024 ** 3, 5 * 1024 ** 4])(
  'the page says %d bytes of a limit as the terminal does',
  (bytes) => {
    expect(amountText(bytes, 'bytes')).toBe(amountOnTerminal(bytes, 'bytes'));
  },
);

test('a limit that counts does not say twice what', () => {
  expect(limitText('processes', { value: 4096, unit: 'processes' })).toBe('processes 4096');
  expect(limitText('memory', { value: 2 ** 31, unit: 'bytes' })).toBe('memory 2 GiB');
});

import { expect, test } from 'vitest';
import { liveLine } from '../../../cli/progress/live-line.ts';
import { capture } from '../rig/screen.ts';

test('writes over its own line on a terminal, no wider than that, and leaves nothing', () => {
  const { output, text } = capture({ columns: 12, rows: 5 });
  const line = liveLine(output);
  line.show('checking\x1b[31m 1/2 hello@3');
  line.clear();
  expect(text()).toBe('\rchecking 1/\x1b[K\r\x1b[K');
});

test('writes nothing where nobody looks', () => {
  const { output, text } = capture();
  liveLine(output).show('checking');
  expect(text()).toBe('');
});

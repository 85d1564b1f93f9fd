import fc from 'fast-check';
import { expect, test } from 'vitest';
import { liveArea } from '../../../cli/progress/live-area.ts';
import { screen } from '../rig/screen.ts';

test('what was drawn before is replaced, and what stood above stays', () => {
  const line = fc.stringMatching(/^[a-z ]{0,12}[a-z]$/);
  fc.assert(
    fc.property(fc.array(fc.array(line, { minLength: 1, maxLength: 6 }), { maxLength: 8 }), (frames) => {
      const terminal = screen({ columns: 20, rows: 10 });
      terminal.output.write('above\n');
      const area = liveArea(terminal.output);
      for (const frame of frames) {
        area.draw(frame);
        expect(terminal.lines()).toEqual(['above', ...frame, '']);
      }
      area.clear();
      expect(terminal.lines()).toEqual(['above', '']);
    }),
  );
});

test('a frame that says nothing new is not written', () => {
  const terminal = screen({ columns: 20, rows: 10 });
  const area = liveArea(terminal.output);
  area.draw(['a', 'b']);
  area.draw(['a', 'b']);
  expect(terminal.writes()).toBe(1);
});

test('a frame is one write', () => {
  const terminal = screen({ columns: 20, rows: 10 });
  const area = liveArea(terminal.output);
  area.draw(['a', 'b']);
  area.draw(['a', 'c', 'd']);
  expect(terminal.writes()).toBe(2);
});

test('in a terminal made narrower, the rows that its lines were broken into are replaced', () => {
  const written: string[] = [];
  const size = { columns: 40, rows: 20 };
  const output = Object.assign({ write: (text: string) => written.push(text) > 0, isTTY: true }, size);
  const area = liveArea(output as never);
  area.draw(['\x1b[32m123456789012345678901234567890\x1b[39m', '漢字漢字漢字', 'short']);
  output.columns = 10;
  area.draw(['short']);
  // 30 columns make three rows, 12 make two.
  expect(written.at(-1)).toContain('\x1b[6A\r\x1b[J');
});

test('a terminal made lower is not asked for rows that have left it', () => {
  const written: string[] = [];
  const output = Object.assign(
    { write: (text: string) => written.push(text) > 0, isTTY: true },
    { columns: 40, rows: 20 },
  );
  const area = liveArea(output as never);
  area.draw(['1', '2', '3', '4', '5', '6']);
  output.rows = 4;
  area.draw(['5', '6']);
  expect(written.at(-1)).toContain('\x1b[3A');
});

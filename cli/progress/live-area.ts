import { stripVTControlCharacters } from 'node:util';
import type { Output } from '../context.ts';
import { displayWidth } from '../text/display-width.ts';

/** Lines at the bottom of a terminal that are drawn again and again. */
export interface LiveArea {
  /** Replaces what was drawn before. Each line must be narrower than the terminal, all together lower. */
  draw(lines: readonly string[]): void;
  /** Takes the lines away. What is written next stands in their place. */
  clear(): void;
}

/**
 * A {@link LiveArea} on `output`.
 *
 * The cursor is not hidden: it stands below the lines between two frames, and
 * so nothing needs mending after a crash. A frame is one write, marked as
 * synchronized for terminals that know it, without erasing what stays, so it
 * does not flicker in those that do not.
 *
 * A terminal that is made narrower breaks the lines already drawn, so their
 * height is computed anew each time from the width that it has now.
 */
export function liveArea(output: Output): LiveArea {
  let drawn: readonly string[] = [];
  let drawnColumns = 0;

  const toTop = (): string => {
    const columns = output.columns ?? 80;
    const height = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    // What has left the screen at the top cannot be reached any more.
    const reachable = Math.min(height, (output.rows ?? 24) - 1);
    return reachable > 0 ? `\x1b[${reachable}A\r` : '\r';
  };
  const write = (text: string): void => {
    output.write(`\x1b[?2026h${text}\x1b[?2026l`);
  };

  return {
    draw(lines) {
      const columns = output.columns ?? 80;
      if (columns === drawnColumns && lines.join('\n') === drawn.join('\n')) return;
      const body = lines.map((line) => `${line}\x1b[K\n`).join('');
      // A terminal that changed its width may have left halves of lines anywhere below the top.
      write(`${toTop()}${columns === drawnColumns ? '' : '\x1b[J'}${body}\x1b[J`);
      drawn = lines;
      drawnColumns = columns;
    },
    clear() {
      if (drawn.length > 0) write(`${toTop()}\x1b[J`);
      drawn = [];
    },
  };
}

function widthOf(line: string): number {
  return displayWidth(stripVTControlCharacters(line));
}
